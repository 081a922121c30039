-- Side rows are written below the executor where nothing else has to be done with them, and by statements where something
-- has. Both leave the same behind.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA side_writes;
SET search_path = side_writes, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all

-- A diamond in which one step fails once, up to the claim of its last step.
CREATE FUNCTION live(task integer) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    PERFORM make_task(task, task * 10 + 1, 4, '{{1,2},{1,3},{2,4},{3,4}}');
    UPDATE tasker_core_tasks SET priority = 2 WHERE task_id = task;
    PERFORM set_config('tasker_core.fake_now', '2026-01-01 12:00:00+00', false);
    FOR round IN 1..4 LOOP
        FOR claimed IN SELECT * FROM tasker_claim_steps('worker', 2, '1 minute') LOOP
            IF round = 2 AND claimed.workflow_step_id % 10 = 3 THEN
                PERFORM tasker_fail_step(claimed.workflow_step_id, '"broken"', claim_token => claimed.claim_token);
            ELSIF round < 4 THEN
                PERFORM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token);
            END IF;
        END LOOP;
        PERFORM set_config('tasker_core.fake_now', format('2026-01-01 12:0%s:00+00', round), false);
    END LOOP;
END
$$;
-- What the side tables say of the task, told without its ids.
CREATE FUNCTION left_behind(task integer) RETURNS SETOF text LANGUAGE sql
AS $$
    SELECT format('step %s: %s since %s, %s attempts, %s', workflow_step_id % 10, state, state_since::time, attempts,
                  concat_ws(' ', CASE WHEN in_process THEN 'in process' END, CASE WHEN processed THEN 'processed' END))
    FROM tasker_core_steps WHERE task_id = task
    UNION ALL
    SELECT format('hint at %s by %s, rank %s, offered until %s', workflow_step_id % 10, cause_id % 10, rank::time, offered_until)
    FROM tasker_core_hints WHERE task_id = task
    UNION ALL
    SELECT format('lease of %s: %s, attempt %s, %s until %s, due %s, %s, %s', workflow_step_id % 10, worker, attempt,
                  claimed_at::time, lease_until::time, due_at::time, lease_length, uuid_send(claim_token) <> '')
    FROM tasker_core_leases WHERE task_id = task
    UNION ALL
    SELECT format('timer of %s at %s', subject_id % 10, due_at::time)
    FROM tasker_core_timers WHERE kind = 'step' AND subject_id / 10 = task
    ORDER BY 1
$$;
CREATE FUNCTION defects() RETURNS SETOF text LANGUAGE sql
AS $$ SELECT format('%s: %s', check_name, detail) FROM tasker_doctor() WHERE check_name IN ('drift', 'step_not_queued') $$;

SELECT live(1);
SELECT * FROM left_behind(1);
SELECT * FROM defects();
SELECT kind, sum(complete) AS complete, sum(in_progress) AS in_progress, sum(error) AS error FROM tasker_core_counts GROUP BY 1 ORDER BY 1;

-- A trigger of the application fires.
CREATE TABLE watched (which text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO watched VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_core_steps FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_core_hints FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_core_leases FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_core_counts FOR EACH ROW EXECUTE FUNCTION watch();
SELECT live(2);
SELECT DISTINCT which FROM watched ORDER BY 1;
(SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(2)) UNION ALL (SELECT * FROM left_behind(2) EXCEPT SELECT * FROM left_behind(1));
DROP TRIGGER watched ON tasker_core_steps;
DROP TRIGGER watched ON tasker_core_hints;
DROP TRIGGER watched ON tasker_core_leases;
DROP TRIGGER watched ON tasker_core_counts;

-- Indexes that do not have every row, or more than columns, are kept.
CREATE INDEX partial_steps ON tasker_core_steps (state_since) WHERE state = 'complete';
CREATE INDEX partial_hints ON tasker_core_hints (rank) WHERE named_step_id > 0;
CREATE INDEX expression_leases ON tasker_core_leases (upper(worker));
SELECT live(3);
(SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(3)) UNION ALL (SELECT * FROM left_behind(3) EXCEPT SELECT * FROM left_behind(1));
SET enable_seqscan = off;
SELECT count(*) FROM tasker_core_steps WHERE state = 'complete' AND state_since > '-infinity' AND task_id = 3;
SELECT count(*) FROM tasker_core_leases WHERE upper(worker) = 'WORKER';
RESET enable_seqscan;
DROP INDEX partial_steps, partial_hints, expression_leases;

-- A plain index of the application is kept too, although rows are written below the executor.
CREATE INDEX plain_steps ON tasker_core_steps (state, task_id);
SELECT live(4);
(SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(4)) UNION ALL (SELECT * FROM left_behind(4) EXCEPT SELECT * FROM left_behind(1));
SET enable_seqscan = off;
SELECT state, count(*) FROM tasker_core_steps WHERE state IN ('complete', 'in_progress', 'pending') AND task_id = 4 GROUP BY 1 ORDER BY 1;
RESET enable_seqscan;
DROP INDEX plain_steps;

-- With a snapshot that grows old, statements say so if need be.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT live(8);
COMMIT;
(SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(8)) UNION ALL (SELECT * FROM left_behind(8) EXCEPT SELECT * FROM left_behind(1));

-- A check of the application still refuses rows.
ALTER TABLE tasker_core_leases ADD CONSTRAINT brief CHECK (lease_length < '1 hour');
SELECT live(5);
(SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(5)) UNION ALL (SELECT * FROM left_behind(5) EXCEPT SELECT * FROM left_behind(1));
SELECT make_task(6, 61, 1);
\set VERBOSITY sqlstate
SELECT count(*) FROM tasker_claim_steps('worker', 1, '2 hours', task_id => 6);
\set VERBOSITY default
ALTER TABLE tasker_core_leases DROP CONSTRAINT brief;

-- Where nothing may be written, nothing is.
BEGIN TRANSACTION READ ONLY;
\set VERBOSITY sqlstate
SELECT count(*) FROM tasker_claim_steps('worker', 1, task_id => 6);
\set VERBOSITY default
ROLLBACK;
-- A replica counts, too.
SET session_replication_role = replica;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 6);
RESET session_replication_role;
-- What is rolled back is not counted.
SELECT make_task(7, 71, 3, '{{1,2},{2,3}}');
BEGIN;
SAVEPOINT before;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 7);
ROLLBACK TO before;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 7);
COMMIT;
SELECT * FROM defects();
SELECT count(*) AS as_counted
FROM (SELECT sum(fresh) AS fresh, sum(in_progress) AS running, sum(complete) AS complete FROM tasker_core_counts WHERE kind = 'steps') AS counted
JOIN (SELECT count(*) FILTER (WHERE state_since IS NULL) AS fresh, count(*) FILTER (WHERE state = 'in_progress') AS running,
             count(*) FILTER (WHERE state = 'complete') AS complete FROM tasker_core_steps) AS present USING (fresh, running, complete);

-- A hint that is there already is no obstacle, nor is a lease that was left behind past the triggers.
INSERT INTO tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT 72, 71, 7, named_step_id, 1, '2026-01-01' FROM tasker_core_steps WHERE workflow_step_id = 72;
SELECT claim_token AS token FROM tasker_core_leases WHERE workflow_step_id = 71 \gset
SELECT state, ready_step_ids FROM tasker_complete_step(71, '{}', :'token');
INSERT INTO tasker_core_leases (workflow_step_id, task_id, claim_token, worker, attempt, claimed_at, lease_until, lease_length, due_at)
VALUES (72, 7, gen_random_uuid(), 'ghost', 1, '2026-01-01', '2026-01-02', '1 day', '2026-01-02');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 7);
SELECT worker, lease_length FROM tasker_core_leases WHERE workflow_step_id = 72;

-- The lease itself says when to check it. A heartbeat moves its end; a check that is too early sets the next one.
SELECT claim_token AS token FROM tasker_core_leases WHERE workflow_step_id = 72 \gset
SET tasker_core.fake_now = '2026-01-01 12:08:00+00';
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid], '1 hour');
SELECT lease_until::time, due_at::time FROM tasker_core_leases WHERE workflow_step_id = 72;
SET tasker_core.fake_now = '2026-01-01 12:30:00+00';
SELECT leases_expired > 0 AS others_expired FROM tasker_maintain();
SELECT lease_until::time, due_at::time FROM tasker_core_leases WHERE workflow_step_id = 72;
-- The lease of a cancelled step need not be taken back.
SELECT tasker_cancel_step(72, 'enough');
SELECT due_at, ended_as FROM tasker_core_leases WHERE workflow_step_id = 72;
-- Any call that finds a lease of a step that is gone, or that is not running, ends it.
INSERT INTO tasker_core_leases (workflow_step_id, task_id, claim_token, worker, attempt, claimed_at, lease_until, lease_length, due_at)
VALUES (9999, 7, gen_random_uuid(), 'ghost', 1, '2026-01-01', '2026-01-01', '1 day', '2026-01-01'),
       (73, 7, gen_random_uuid(), 'ghost', 1, '2026-01-01', '2026-01-01', '1 day', '2026-01-01');
SELECT leases_expired FROM tasker_maintain();
SELECT count(*) AS ghosts FROM tasker_core_leases WHERE worker = 'ghost';

-- Tables that a call has open cannot be altered before its end, not even by a trigger; the call then does nothing.
SELECT make_task(9, 91, 1);
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN CREATE INDEX meddled ON tasker_core_hints (task_id); RETURN NULL; END $$;
CREATE TRIGGER meddle AFTER UPDATE ON tasker_workflow_steps FOR EACH STATEMENT EXECUTE FUNCTION meddle();
\set VERBOSITY sqlstate
SELECT count(*) FROM tasker_claim_steps('worker', 100);
\set VERBOSITY default
DROP TRIGGER meddle ON tasker_workflow_steps;
SELECT count(*) AS held FROM tasker_core_leases WHERE workflow_step_id = 91;
-- The refused steps wait, unless their task is asked for.
SELECT count(*) FILTER (WHERE workflow_step_id = 91) AS claimed FROM tasker_claim_steps('worker', 100, task_id => 9);
SELECT * FROM defects();

-- A task from its start to its end, which fails on the way and is resumed.
CREATE FUNCTION live_whole(task integer) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    PERFORM set_config('tasker_core.fake_now', '2026-01-02 12:00:00+00', false);
    PERFORM make_task(task, task * 10 + 1, 2, '{{1,2}}');
    SELECT * INTO STRICT claimed FROM tasker_claim_steps('worker', 1, task_id => task);
    PERFORM tasker_fail_step(claimed.workflow_step_id, '"broken"', claim_token => claimed.claim_token, retryable => false);
    PERFORM set_config('tasker_core.fake_now', '2026-01-02 12:01:00+00', false);
    PERFORM tasker_reset_step(claimed.workflow_step_id);
    FOR round IN 1..2 LOOP
        SELECT * INTO STRICT claimed FROM tasker_claim_steps('worker', 1, task_id => task);
        PERFORM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token);
        PERFORM set_config('tasker_core.fake_now', format('2026-01-02 12:0%s:00+00', round + 1), false);
    END LOOP;
END
$$;
CREATE FUNCTION left_of(task integer) RETURNS SETOF text LANGUAGE sql
AS $$
    SELECT format('side row: %s since %s', state, state_since::time) FROM tasker_core_tasks WHERE task_id = task
    UNION ALL
    SELECT format('complete: %s, updated at %s', complete, updated_at::time) FROM tasker_tasks WHERE task_id = task
    UNION ALL
    SELECT format('transition %s: %s to %s at %s, %s, %s%s', sort_key, from_state, to_state, created_at::time, updated_at::time,
                  metadata, CASE WHEN most_recent THEN ', current' END)
    FROM tasker_task_transitions WHERE task_id = task
    ORDER BY 1
$$;
SELECT live_whole(21);
SELECT * FROM left_of(21);

TRUNCATE watched;
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watched AFTER INSERT OR UPDATE OR DELETE ON tasker_task_transitions FOR EACH ROW EXECUTE FUNCTION watch();
SELECT live_whole(22);
SELECT which, count(*) FROM watched GROUP BY 1 ORDER BY 1;
(SELECT * FROM left_of(21) EXCEPT SELECT * FROM left_of(22)) UNION ALL (SELECT * FROM left_of(22) EXCEPT SELECT * FROM left_of(21));
DROP TRIGGER watched ON tasker_tasks;
-- If a statement must do one part, the others are done as usual.
SELECT live_whole(23);
DROP TRIGGER watched ON tasker_task_transitions;
CREATE TRIGGER watched AFTER UPDATE ON tasker_core_tasks FOR EACH ROW EXECUTE FUNCTION watch();
SELECT live_whole(24);
DROP TRIGGER watched ON tasker_core_tasks;
CREATE INDEX expression_tasks ON tasker_tasks (upper(initiator));
CREATE INDEX partial_transitions ON tasker_task_transitions (task_id) WHERE to_state = 'complete';
SELECT live_whole(25);
DROP INDEX expression_tasks;
SET enable_seqscan = off;
SELECT count(*) FROM tasker_task_transitions WHERE to_state = 'complete' AND task_id = 25;
RESET enable_seqscan;
DROP INDEX partial_transitions;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT live_whole(26);
COMMIT;
SELECT task, difference
FROM generate_series(23, 26) AS task,
    LATERAL ((SELECT * FROM left_of(21) EXCEPT SELECT * FROM left_of(task)) UNION ALL (SELECT * FROM left_of(task) EXCEPT SELECT * FROM left_of(21))) AS difference;
-- What is rolled back has not happened, and no later look-up goes to its old place.
SELECT make_task(27, 271, 2, '{{1,2}}');
BEGIN;
SELECT workflow_step_id, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 27) \gset
SAVEPOINT claimed;
SELECT state, task_state FROM tasker_complete_step(:workflow_step_id, '{}', :'token');
ROLLBACK TO claimed;
SELECT state, task_state FROM tasker_complete_step(:workflow_step_id, '{}', :'token');
COMMIT;
SELECT * FROM left_of(27);
-- The tasks are counted as they are.
SELECT count(*) AS as_counted
FROM (SELECT sum(fresh) AS fresh, sum(in_progress) AS running, sum(complete) AS complete, sum(error) AS error FROM tasker_core_counts WHERE kind = 'tasks') AS counted
JOIN (SELECT count(*) FILTER (WHERE state_since IS NULL) AS fresh, count(*) FILTER (WHERE state = 'in_progress') AS running,
             count(*) FILTER (WHERE state = 'complete') AS complete, count(*) FILTER (WHERE state = 'error') AS error
      FROM tasker_core_tasks) AS present USING (fresh, running, complete, error);
SELECT * FROM defects();

-- A row that stays on its page needs entries in indexes that summarize pages, from 16 on in no others.
CREATE INDEX page_summaries ON tasker_core_steps USING brin (state_since) WITH (pages_per_range = 1);
SELECT make_task(29, 291, 1);
SET tasker_core.fake_now = '2026-02-01 12:00:00+00';
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 29);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF)
SELECT count(*) FILTER (WHERE task_id = 29) FROM tasker_core_steps WHERE state_since > '2026-01-31';
SELECT count(*) FILTER (WHERE task_id = 29) FROM tasker_core_steps WHERE state_since > '2026-01-31';
RESET enable_seqscan;
DROP INDEX page_summaries;

-- A row is deleted only if subscribers can find out which.
ALTER TABLE tasker_core_leases REPLICA IDENTITY NOTHING;
SET client_min_messages = error; -- wal_level is too low for subscribers
CREATE PUBLICATION published FOR TABLE tasker_core_leases WITH (publish = 'delete');
SET client_min_messages = warning;
SELECT make_task(28, 281, 1);
SELECT claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 28) \gset
SELECT state FROM tasker_complete_step(281, '{}', :'token');
DROP PUBLICATION published;
SELECT state FROM tasker_complete_step(281, '{}', :'token');
ALTER TABLE tasker_core_leases REPLICA IDENTITY DEFAULT;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA side_writes CASCADE;
