-- Steps and transitions are written below the executor where nothing else has to be done with them, and by statements where
-- something has. Both leave the same behind, and both refuse the same.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE EXTENSION IF NOT EXISTS amcheck;
CREATE SCHEMA engine_writes;
SET search_path = engine_writes, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all

-- A diamond in which one step fails once, up to its end.
CREATE FUNCTION live(task integer) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    PERFORM make_task(task, task * 10 + 1, 4, '{{1,2},{1,3},{2,4},{3,4}}');
    PERFORM set_config('tasker_core.fake_now', '2026-01-01 12:00:00+00', false);
    FOR round IN 1..4 LOOP
        FOR claimed IN SELECT * FROM tasker_claim_steps('worker', 2, '1 minute') LOOP
            IF round = 2 AND claimed.workflow_step_id % 10 = 3 THEN
                PERFORM tasker_fail_step(claimed.workflow_step_id, '"broken"', claim_token => claimed.claim_token);
            ELSE
                PERFORM tasker_complete_step(claimed.workflow_step_id, jsonb_build_object('round', round), claimed.claim_token);
            END IF;
        END LOOP;
        PERFORM set_config('tasker_core.fake_now', format('2026-01-01 12:0%s:00+00', round), false);
    END LOOP;
END
$$;
-- What the engine's tables say of the task, told without its ids.
CREATE FUNCTION left_behind(task integer) RETURNS SETOF text LANGUAGE sql
AS $$
    SELECT format('step %s: %s attempts, last at %s, %s, %s at %s, results %s, wait %s, touched at %s', workflow_step_id % 10, attempts,
                  last_attempted_at::time, CASE WHEN in_process THEN 'in process' END, CASE WHEN processed THEN 'processed' END,
                  processed_at::time, results, backoff_request_seconds, updated_at::time)
    FROM tasker_workflow_steps WHERE task_id = task
    UNION ALL
    SELECT format('transition %s of %s: from %s to %s at %s, left at %s, %s, by %s', sort_key, workflow_step_id % 10, from_state, to_state,
                  event.created_at::time, nullif(event.updated_at, event.created_at)::time, CASE WHEN most_recent THEN 'current' END,
                  metadata - 'claim_token')
    FROM tasker_workflow_step_transitions AS event JOIN tasker_workflow_steps USING (workflow_step_id) WHERE task_id = task
    ORDER BY 1
$$;
CREATE FUNCTION differs(task integer) RETURNS SETOF text LANGUAGE sql
AS $$
    (SELECT * FROM left_behind(1) EXCEPT SELECT * FROM left_behind(task))
    UNION ALL
    (SELECT * FROM left_behind(task) EXCEPT SELECT * FROM left_behind(1))
$$;
-- Every row has its entries, and every entry its row.
CREATE FUNCTION check_indexes() RETURNS bigint LANGUAGE sql
AS $$
    SELECT count(bt_index_check(indexrelid, true)::text) FROM pg_index
    WHERE indrelid IN ('tasker_workflow_steps'::regclass, 'tasker_workflow_step_transitions'::regclass)
$$;
-- An attempt to complete step 1 of a new task; says what has become of it.
CREATE FUNCTION try(task integer) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    PERFORM make_task(task, task * 10 + 1, 1);
    SELECT * INTO claimed FROM tasker_claim_steps('worker', 1, task_id => task);
    PERFORM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token);
    RETURN (SELECT string_agg(to_state, ' ' ORDER BY sort_key) FROM tasker_workflow_step_transitions WHERE workflow_step_id = task * 10 + 1);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

SELECT live(1);
SELECT * FROM left_behind(1);
SELECT check_indexes();

-- Triggers of the application fire, and the row that one returns is written.
CREATE TABLE watched (which text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO watched VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.metadata = NEW.metadata || '{"marked": true}'; RETURN NEW; END $$;
CREATE TRIGGER watched AFTER UPDATE ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION watch();
SELECT live(2);
SELECT which, count(*) FROM watched GROUP BY 1 ORDER BY 1;
SELECT * FROM differs(2);
DROP TRIGGER watched ON tasker_workflow_steps;
TRUNCATE watched;
CREATE TRIGGER watched AFTER INSERT OR UPDATE ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION watch();
CREATE TRIGGER watched_statements AFTER INSERT OR UPDATE ON tasker_workflow_step_transitions EXECUTE FUNCTION watch();
SELECT live(3);
SELECT which, count(*) > 0 AS fired FROM watched GROUP BY 1 ORDER BY 1;
SELECT * FROM differs(3);
DROP TRIGGER watched ON tasker_workflow_step_transitions;
DROP TRIGGER watched_statements ON tasker_workflow_step_transitions;
CREATE TRIGGER mark BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION mark();
SELECT try(4);
SELECT count(*) AS marked FROM tasker_workflow_step_transitions WHERE metadata ? 'marked';
-- One that is switched off is no obstacle.
ALTER TABLE tasker_workflow_step_transitions DISABLE TRIGGER mark;
SELECT try(5);
SELECT count(*) AS marked FROM tasker_workflow_step_transitions WHERE metadata ? 'marked';
DROP TRIGGER mark ON tasker_workflow_step_transitions;
-- A rule is followed.
CREATE RULE noted AS ON INSERT TO tasker_workflow_step_transitions DO ALSO INSERT INTO watched VALUES ('rule');
SELECT try(6);
SELECT count(*) AS noted FROM watched WHERE which = 'rule';
DROP RULE noted ON tasker_workflow_step_transitions;

-- Indexes of every kind are kept: those that leave out rows which can be told without the executor, and others.
CREATE INDEX completed ON tasker_workflow_step_transitions (workflow_step_id) WHERE to_state = 'complete';
CREATE INDEX past ON tasker_workflow_step_transitions (created_at) WHERE NOT most_recent;
CREATE INDEX busy ON tasker_workflow_steps (workflow_step_id) WHERE in_process;
SELECT live(7);
SELECT * FROM differs(7);
SELECT check_indexes();
SET enable_seqscan = off;
SELECT workflow_step_id FROM tasker_workflow_step_transitions WHERE to_state = 'complete' AND workflow_step_id > 70 ORDER BY 1;
RESET enable_seqscan;
DROP INDEX past, busy;
CREATE INDEX in_process ON tasker_workflow_steps (workflow_step_id) WHERE in_process;
CREATE INDEX attempted ON tasker_workflow_steps (attempts, workflow_step_id);
SELECT live(8);
SELECT * FROM differs(8);
SELECT check_indexes();
CREATE INDEX who ON tasker_workflow_step_transitions ((metadata ->> 'worker'));
CREATE INDEX late ON tasker_workflow_step_transitions (sort_key) WHERE sort_key > 10;
SELECT live(9);
SELECT * FROM differs(9);
SELECT check_indexes();
DROP INDEX completed, in_process, attempted, who, late;

-- Columns of the application get their defaults, and dropped columns do no harm.
ALTER TABLE tasker_workflow_step_transitions ADD gone integer, ADD note text;
ALTER TABLE tasker_workflow_step_transitions DROP gone;
SELECT live(10);
SELECT * FROM differs(10);
ALTER TABLE tasker_workflow_step_transitions ADD tenant text NOT NULL DEFAULT 'a tenant';
ALTER TABLE tasker_workflow_steps ADD twice integer GENERATED ALWAYS AS (attempts * 2) STORED;
SELECT live(11);
SELECT * FROM differs(11);
SELECT DISTINCT tenant FROM tasker_workflow_step_transitions WHERE workflow_step_id BETWEEN 111 AND 114;
SELECT attempts, twice FROM tasker_workflow_steps WHERE task_id = 11 ORDER BY workflow_step_id;
ALTER TABLE tasker_workflow_step_transitions DROP tenant, DROP note;
ALTER TABLE tasker_workflow_steps DROP twice;
SELECT live(12);
SELECT * FROM differs(12);
-- Ids come from where the column says.
ALTER TABLE tasker_workflow_step_transitions ALTER id SET DEFAULT (-nextval('tasker_workflow_step_transitions_id_seq'));
SELECT try(13);
SELECT count(*) AS negative FROM tasker_workflow_step_transitions WHERE id < 0;
ALTER TABLE tasker_workflow_step_transitions ALTER id SET DEFAULT nextval('tasker_workflow_step_transitions_id_seq');
ALTER SEQUENCE tasker_workflow_step_transitions_id_seq INCREMENT 7;
SELECT try(14);
SELECT max(id) - min(id) AS apart FROM tasker_workflow_step_transitions WHERE workflow_step_id = 141;
ALTER SEQUENCE tasker_workflow_step_transitions_id_seq INCREMENT 1;
-- Children of the table are written as well.
CREATE TABLE more_steps () INHERITS (tasker_workflow_steps);
SELECT try(15);
DROP TABLE more_steps;

-- What is refused is refused.
ALTER TABLE tasker_workflow_step_transitions ADD CONSTRAINT not_by_claim CHECK (metadata ->> 'triggered_by' <> 'claim') NOT VALID;
SELECT try(20);
ALTER TABLE tasker_workflow_step_transitions DROP CONSTRAINT not_by_claim;
ALTER TABLE tasker_workflow_steps ADD CONSTRAINT idle CHECK (NOT in_process) NOT VALID;
SELECT try(21);
ALTER TABLE tasker_workflow_steps DROP CONSTRAINT idle;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 1;
ALTER TABLE tasker_workflow_steps ALTER backoff_request_seconds SET NOT NULL, ALTER backoff_request_seconds SET DEFAULT 1;
SELECT try(22);
ALTER TABLE tasker_workflow_steps ALTER backoff_request_seconds DROP NOT NULL, ALTER backoff_request_seconds DROP DEFAULT;
CREATE TABLE states (name varchar PRIMARY KEY);
INSERT INTO states SELECT DISTINCT to_state FROM tasker_workflow_step_transitions;
ALTER TABLE tasker_workflow_step_transitions ADD CONSTRAINT known FOREIGN KEY (to_state) REFERENCES states;
SELECT try(23);
ALTER TABLE states DROP CONSTRAINT states_pkey CASCADE;
DELETE FROM states WHERE name = 'complete';
ALTER TABLE states ADD PRIMARY KEY (name);
ALTER TABLE tasker_workflow_step_transitions ADD CONSTRAINT known FOREIGN KEY (to_state) REFERENCES states NOT VALID;
SELECT try(24);
ALTER TABLE tasker_workflow_step_transitions DROP CONSTRAINT known;
ALTER TABLE tasker_workflow_step_transitions ALTER from_state TYPE varchar(3) USING left(from_state, 3);
SELECT try(25);
ALTER TABLE tasker_workflow_step_transitions ALTER from_state TYPE varchar;
ALTER TABLE tasker_workflow_step_transitions ADD CONSTRAINT once EXCLUDE USING btree (workflow_step_id WITH =, sort_key WITH =);
SELECT try(26);
ALTER TABLE tasker_workflow_step_transitions DROP CONSTRAINT once;
CREATE UNIQUE INDEX one_claim ON tasker_workflow_step_transitions (to_state) WHERE to_state = 'resolved_manually';
CREATE UNIQUE INDEX one_attempt ON tasker_workflow_steps (attempts, named_step_id) WHERE in_process;
SELECT try(27);
DROP INDEX one_claim, one_attempt;
-- Subscribers cannot find out which row has changed.
SET client_min_messages = error; -- wal_level is too low for subscribers
CREATE PUBLICATION published FOR TABLE tasker_workflow_step_transitions;
SET client_min_messages = warning;
ALTER TABLE tasker_workflow_step_transitions DROP CONSTRAINT tasker_workflow_step_transitions_pkey;
SELECT try(28);
DROP PUBLICATION published;
ALTER TABLE tasker_workflow_step_transitions ADD PRIMARY KEY (id);
SELECT try(29);

-- Who may do it does it, and who may not does not.
CREATE ROLE engine_writer;
GRANT USAGE ON SCHEMA engine_writes TO engine_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA engine_writes TO engine_writer;
GRANT INSERT, UPDATE ON tasker_workflow_step_transitions, tasker_workflow_steps, tasker_task_transitions, tasker_tasks TO engine_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA engine_writes TO engine_writer;
CREATE FUNCTION try_as_writer(task integer) RETURNS text LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    SELECT * INTO claimed FROM tasker_claim_steps('worker', 1, task_id => task);
    PERFORM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token);
    RETURN (SELECT string_agg(to_state, ' ' ORDER BY sort_key) FROM tasker_workflow_step_transitions WHERE workflow_step_id = task * 10 + 1);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT make_task(task, task * 10 + 1, 1) FROM generate_series(30, 36) AS task;
SET ROLE engine_writer;
SELECT try_as_writer(30);
RESET ROLE;
REVOKE INSERT ON tasker_workflow_step_transitions FROM engine_writer;
SET ROLE engine_writer;
SELECT try_as_writer(31);
RESET ROLE;
GRANT INSERT (workflow_step_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at)
ON tasker_workflow_step_transitions TO engine_writer;
SET ROLE engine_writer;
SELECT try_as_writer(31);
RESET ROLE;
REVOKE UPDATE ON tasker_workflow_steps FROM engine_writer;
SET ROLE engine_writer;
SELECT try_as_writer(32);
RESET ROLE;
GRANT UPDATE ON tasker_workflow_steps TO engine_writer;
GRANT INSERT ON tasker_workflow_step_transitions TO engine_writer;
REVOKE USAGE ON SEQUENCE tasker_workflow_step_transitions_id_seq FROM engine_writer;
SET ROLE engine_writer;
SELECT try_as_writer(33);
RESET ROLE;
GRANT USAGE ON SEQUENCE tasker_workflow_step_transitions_id_seq TO engine_writer;
ALTER TABLE tasker_workflow_step_transitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON tasker_workflow_step_transitions FOR SELECT USING (true);
SET ROLE engine_writer;
SELECT try_as_writer(34);
RESET ROLE;
CREATE POLICY writers ON tasker_workflow_step_transitions USING (true);
SET ROLE engine_writer;
SELECT try_as_writer(34);
RESET ROLE;
ALTER TABLE tasker_workflow_step_transitions DISABLE ROW LEVEL SECURITY;
SET ROLE engine_writer;
SELECT try_as_writer(35);
RESET ROLE;
DROP OWNED BY engine_writer;
DROP ROLE engine_writer;

-- Results too long for a row are kept elsewhere, and those that are there already stay where they are.
SELECT claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 36) \gset
SELECT state FROM tasker_complete_step(361, (SELECT jsonb_agg(md5(number::text)) FROM generate_series(1, 10000) AS number), :'token');
SELECT jsonb_array_length(results) AS results FROM tasker_workflow_steps WHERE workflow_step_id = 361;
SELECT make_task(37, 371, 2, '{{1,2}}');
UPDATE tasker_workflow_steps SET inputs = (SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = 361), results = '{"kept": true}'
WHERE task_id = 37;
SELECT claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 37) \gset
SELECT state FROM tasker_complete_step(371, NULL, :'token');
SELECT jsonb_array_length(inputs) AS inputs, results FROM tasker_workflow_steps WHERE workflow_step_id = 371;
-- What is rolled back has not happened.
BEGIN;
SAVEPOINT before;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 37);
ROLLBACK TO before;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 37);
COMMIT;
SELECT to_state FROM tasker_workflow_step_transitions WHERE workflow_step_id = 372;
SELECT check_indexes();
SELECT check_name, detail FROM tasker_doctor() WHERE check_name IN ('drift', 'step_not_queued');

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA engine_writes CASCADE;
DROP EXTENSION amcheck;
