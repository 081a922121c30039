-- Searches for open work: what they find comes from lists of open tasks and of queued steps, in pages, and costs nothing for tasks that
-- have ended.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA open_work;
SET search_path = open_work, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- An empty database.
SELECT count(*) FROM tasker_find_tasks(active => true);
SELECT count(*) FROM tasker_find_tasks(states => '{error,complete}');
SELECT count(*) FROM tasker_find_steps('ready');

-- 12,500 tasks, each in one of five states in turn: more than two pages of a list. A task that has not begun has no transition.
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT id, 1, '2026-01-01', 'task ' || id, '2026-01-01', '2026-01-01' FROM generate_series(1, 12500) AS id;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
SELECT id, (ARRAY['in_progress', 'complete', 'error', 'cancelled'])[id % 5], 10, '2026-01-01', '2026-01-01'
FROM generate_series(1, 12500) AS id WHERE id % 5 <> 0;
SELECT count(*) > 0 AS installed FROM tasker_install();
-- The answers, against those of the view below.
CREATE FUNCTION expected(states text[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(task.task_id ORDER BY task.task_id)
    FROM tasker_tasks AS task
    LEFT JOIN tasker_task_transitions AS now ON now.task_id = task.task_id AND now.most_recent
    WHERE coalesce(now.to_state, 'pending') = ANY (states)
$$;
CREATE FUNCTION found(states text[], after_id bigint DEFAULT NULL, max_rows integer DEFAULT NULL) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(task_id) FROM tasker_find_tasks(states => states, after_id => after_id, max_rows => max_rows)
$$;
SELECT states, cardinality(found(states)) AS found, found(states) = expected(states) AS as_expected
FROM unnest(ARRAY['pending', 'in_progress', 'error', 'cancelled', 'complete', 'resolved_manually', 'no such']) AS state,
    LATERAL (SELECT ARRAY[state] AS states) AS one;
SELECT states, cardinality(found(states)) AS found, found(states) = expected(states) AS as_expected
FROM (VALUES ('{pending,in_progress,error}'::text[]), ('{error,error,NULL}'), ('{complete,cancelled}')) AS several (states);
SELECT array_agg(task_id) = expected('{pending,in_progress}') AS active FROM tasker_find_tasks(active => true, max_rows => NULL);
SELECT array_agg(task_id) = expected('{error,cancelled,complete}') AS ended FROM tasker_find_tasks(active => false, max_rows => NULL);
SELECT count(*) AS contradiction FROM tasker_find_tasks(states => '{pending}', active => false);
SELECT count(*) AS failed FROM tasker_find_tasks(failed_since => '2026-01-01 00:00+00', max_rows => NULL);
SELECT count(*) AS failed_later FROM tasker_find_tasks(failed_since => '2026-01-01 00:00:01+00', max_rows => NULL);
SELECT found('{in_progress,pending}', max_rows => 4), found('{in_progress,pending}', 12490, 10), found('{in_progress,pending}', 12500, 10),
    found('{in_progress}', max_rows => 0);
-- A state that only another program knows.
UPDATE tasker_task_transitions SET to_state = 'mine' WHERE task_id IN (1, 6);
SELECT found('{mine}'), found('{mine}', 1), found('{mine,pending}', max_rows => 3);
SELECT array_agg(task_id) AS not_active FROM tasker_find_tasks(active => false, max_rows => 3);
UPDATE tasker_task_transitions SET to_state = 'in_progress' WHERE task_id IN (1, 6);
-- Without the index, in an installation of an earlier layout.
ALTER INDEX tasker_core_tasks_state_task_id_idx RENAME TO aside;
SELECT found('{in_progress,pending}', max_rows => 4), found('{in_progress,pending}', 12490, 10);
ALTER INDEX aside RENAME TO tasker_core_tasks_state_task_id_idx;
-- Some of a page are left out: those that are paused, those of other roles.
SELECT count(tasker_pause_task(task_id)) FROM tasker_find_tasks(states => '{pending}', max_rows => 1500);
SELECT min(task_id), count(*) FROM tasker_pause_many(states => '{pending}', max_rows => 3);
SELECT min(task_id), count(*) FROM tasker_resume_many(states => '{pending}', max_rows => NULL);
CREATE ROLE tasker_open_work;
GRANT USAGE ON SCHEMA open_work TO tasker_open_work;
SET ROLE tasker_open_work;
SELECT count(*) FROM tasker_find_tasks(active => true);
SELECT count(*) FROM tasker_find_steps('ready');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA open_work TO tasker_open_work;
CREATE POLICY some_tasks ON tasker_tasks USING (task_id > 12000);
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
SET ROLE tasker_open_work;
SELECT count(*), min(task_id) FROM tasker_find_tasks(active => true, max_rows => NULL);
SELECT array_agg(task_id) FROM tasker_find_tasks(states => '{error}', max_rows => 3);
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;

-- Ready steps, wherever they wait: in the queue, for a limit, in the fair queue, for another attempt; more than a page of them.
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_tasks;
SELECT count(make_task(id, id, 1)) FROM generate_series(1, 2500) AS id;
SELECT make_task(2601, 2601, 2, '{{1,2}}'), make_task(2602, 2603, 1), make_task(2603, 2604, 1), make_task(2604, 2605, 1);
CREATE FUNCTION ready(after_id bigint DEFAULT NULL, max_rows integer DEFAULT NULL) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(workflow_step_id) FROM tasker_find_steps('ready', after_id => after_id, max_rows => max_rows)
$$;
CREATE FUNCTION expected_ready() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(workflow_step_id ORDER BY workflow_step_id)
    FROM tasker_tasks AS task, tasker_ready_steps(task.task_id)
$$;
SELECT cardinality(ready()) AS ready, ready() = expected_ready() AS as_expected;
SELECT tasker_pause('step_name', 'step_1');
SELECT count(*) FROM tasker_claim_steps('worker', 3);
SELECT count(*) > 0 AS are_parked FROM tasker_core_parked;
SELECT cardinality(ready()) AS ready, ready() = expected_ready() AS as_expected;
SELECT tasker_resume('step_name', 'step_1');
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}') > 0 AS is_fair;
SELECT make_task(2605, 2606, 1);
SELECT count(*) AS in_fair_queue FROM tasker_core_shares;
-- One has failed and waits for its next attempt, one has failed and is due.
SELECT claimed.workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 2602) AS claimed, tasker_fail_step(claimed.workflow_step_id, '"no"', true, NULL, claim_token);
SELECT 2602 AS task, next_eligible_at > now() AS later FROM tasker_find_steps('waiting_for_backoff');
SELECT cardinality(ready()) AS ready, ready() = expected_ready() AS as_expected, 2603 = ANY (ready()) AS failed_is_ready;
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT cardinality(ready()) AS ready, ready() = expected_ready() AS as_expected, 2603 = ANY (ready()) AS failed_is_ready;
SELECT ready(max_rows => 3), ready(2599, 3), ready(2601, 10), ready(2606, 10), ready(max_rows => 0);
-- A step whose rule is yet to be looked at.
SELECT setval(sequence, 5000) FROM unnest(ARRAY['tasker_dependent_systems_dependent_system_id_seq', 'tasker_named_steps_named_step_id_seq',
    'tasker_named_tasks_named_task_id_seq', 'tasker_tasks_task_id_seq', 'tasker_workflow_steps_workflow_step_id_seq']::regclass[]) AS sequence
\g /dev/null
SELECT FROM tasker_register_task('{"name": "either", "step_templates": [{"name": "one"}, {"name": "two"},
    {"name": "both", "depends_on_steps": ["one", "two"], "join": "any"}]}');
SELECT task_id FROM tasker_create_task('either', '{}') \gset
SELECT workflow_step_id AS one FROM tasker_find_steps(task_id => :task_id, step_name => 'one') \gset
SELECT workflow_step_id AS both FROM tasker_find_steps(task_id => :task_id, step_name => 'both') \gset
DELETE FROM tasker_core_hints WHERE workflow_step_id = :both;
DELETE FROM tasker_core_timers WHERE kind = 'step' AND subject_id = :both;
DELETE FROM tasker_core_decisions WHERE workflow_step_id = :both;
SELECT move_step(:one, 'in_progress'), move_step(:one, 'complete');
SELECT count(*) AS hints FROM tasker_core_hints WHERE workflow_step_id = :both;
SELECT count(*) AS decisions FROM tasker_core_decisions WHERE workflow_step_id = :both;
SELECT ready() = expected_ready() AS as_expected, :both = ANY (ready()) AS is_ready;
-- The names of a template lead to its tasks instead.
SELECT count(*) FROM tasker_find_steps('ready', task_name => 'order', max_rows => NULL);
SELECT count(*) FROM tasker_find_steps('ready', step_name => 'step_1', max_rows => NULL);
SELECT count(*) FROM tasker_find_steps('ready', step_name => 'step_2', max_rows => NULL);

-- Behind 4,000 tasks that have ended: rows fetched.
DELETE FROM tasker_workflow_step_transitions;
DELETE FROM tasker_workflow_step_edges;
DELETE FROM tasker_workflow_steps;
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_tasks;
SELECT tasker_set_config('execution', '{"fair_by": null}') > 0 AS is_reset;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, complete, created_at, updated_at)
SELECT id, 1, '2026-01-01', 'task ' || id, true, '2026-01-01', '2026-01-01' FROM generate_series(1, 4000) AS id;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, processed, created_at, updated_at)
SELECT id, id, 1, 1, true, '2026-01-01', '2026-01-01' FROM generate_series(1, 4000) AS id;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'complete', 10, '2026-01-01', '2026-01-01' FROM generate_series(1, 4000) AS id;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'complete', 10, '2026-01-01', '2026-01-01' FROM generate_series(1, 4000) AS id;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(make_task(id, id, 1)) FROM generate_series(4001, 4003) AS id;
SELECT move_task(4001, 'in_progress'), move_step(4001, 'in_progress');
-- What was deleted above would be fetched, too.
VACUUM ANALYZE;
CREATE FUNCTION fetched() RETURNS numeric LANGUAGE sql VOLATILE AS $$
    SELECT sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) FROM pg_class
    WHERE relnamespace = 'open_work'::regnamespace
$$;
CREATE FUNCTION fetched_by(query text, OUT rows bigint, OUT are_few boolean) LANGUAGE plpgsql AS $$
DECLARE
    before numeric := fetched();
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || query INTO rows;
    are_few := fetched() - before < 500;
END $$;
SELECT call, rows, are_few FROM unnest(ARRAY[
    'tasker_find_tasks(states => ''{in_progress}'')', 'tasker_find_tasks(active => true)', 'tasker_find_tasks(states => ''{pending,error}'')',
    'tasker_find_steps(''ready'')', 'tasker_cancel_many(states => ''{pending}'')',
    -- The measure works: this one passes them all.
    'tasker_find_tasks(initiator => ''none'')'
]) AS call, fetched_by(call);

DROP SCHEMA open_work CASCADE;
DROP ROLE tasker_open_work;
