-- Limits and pauses: what tasker_claim_steps() gives out.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA limits;
SET search_path = limits, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (2, 'billing', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at) VALUES (2, 'invoice', 2, '2026-01-01', '2026-01-01');
CREATE FUNCTION claimed(steps integer DEFAULT 100) RETURNS bigint[] LANGUAGE sql
AS $$ SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) FROM tasker_claim_steps('worker', steps) $$;
CREATE FUNCTION finish(step bigint) RETURNS text LANGUAGE sql
AS $$ SELECT state FROM tasker_complete_step(step, NULL, (SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step)) $$;

-- max_running of a step name: two of four, and one more when one ends.
SELECT make_task(1, 1, 1), make_task(2, 2, 1), make_task(3, 3, 1), make_task(4, 4, 1);
SELECT tasker_set_limit('step_name', 'step_1', max_running => 2);
SELECT claimed();
SELECT claimed();
SELECT * FROM tasker_limits();
SELECT finish(1);
SELECT claimed();
SELECT finish(2), finish(3);
SELECT claimed();
SELECT finish(4);
SELECT count(*) AS holds FROM tasker_core_holds;
SELECT count(*) AS parked FROM tasker_core_parked;

-- A lease that runs out frees its place as well.
SELECT make_task(5, 5, 1), make_task(6, 6, 1), make_task(7, 7, 1);
SELECT claimed();
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT claimed();
-- Removing the limit lets all go.
SELECT tasker_set_limit('step_name', 'step_1');
SELECT claimed();
SELECT count(*) AS limits FROM tasker_limits();

-- A rate: a bucket of two, one token every five seconds.
SELECT tasker_set_limit('task_name', 'order', max_starts => 2, per => '10 seconds');
SELECT make_task(11, 11, 1), make_task(12, 12, 1), make_task(13, 13, 1), make_task(14, 14, 1);
SET tasker_core.fake_now = '2026-01-01 13:00:00+00';
SELECT workflow_step_id FROM tasker_claim_steps('worker', 100, step_names => '{absent}');
SELECT cardinality(claimed());
SET tasker_core.fake_now = '2026-01-01 13:00:04.9+00';
SELECT claimed();
SET tasker_core.fake_now = '2026-01-01 13:00:05+00';
SELECT cardinality(claimed());
SET tasker_core.fake_now = '2026-01-01 13:01:00+00';
SELECT cardinality(claimed()) <= 2 AS at_most_a_full_bucket;
SELECT tasker_set_limit('task_name', 'order');
SELECT cardinality(claimed()) > 0 AS the_rest;

-- A key: each value has a limit of its own; without the key there is none.
TRUNCATE tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_task_transitions, tasker_task_annotations;
SELECT tasker_set_limit('key', 'customer', max_running => 1);
SELECT make_task(21, 21, 2), make_task(22, 31, 2), make_task(23, 41, 2);
UPDATE tasker_tasks SET context = '{"customer": 7}' WHERE task_id = 21;
UPDATE tasker_tasks SET context = '{"customer": "8"}' WHERE task_id = 22;
SELECT claimed();
SELECT scope, name, running, waiting FROM tasker_limits();
SELECT finish(21);
SELECT claimed();
SELECT tasker_set_limit('key', 'customer');
SELECT claimed();

-- Pauses: by each scope; what runs may end, and nothing is lost.
SELECT make_task(31, 51, 1);
UPDATE tasker_tasks SET named_task_id = 2 WHERE task_id = 31;
SELECT make_task(32, 52, 1);
SELECT tasker_pause('namespace', 'billing', 'stocktaking');
SELECT claimed();
SELECT scope, name, paused_at, reason, waiting FROM tasker_limits();
SELECT tasker_resume('namespace', 'billing');
SELECT claimed();
SELECT tasker_pause('dependent_system', 'shop');
SELECT make_task(33, 53, 1);
SELECT claimed();
SELECT finish(52);
SELECT tasker_resume('dependent_system', 'shop');
SELECT claimed();
SELECT count(*) AS limits FROM tasker_limits();

-- A pause beside a limit leaves the limit in place.
SELECT tasker_set_limit('task_name', 'order', max_running => 9);
SELECT tasker_pause('task_name', 'order');
SELECT tasker_resume('task_name', 'order');
SELECT scope, name, max_running, paused_at FROM tasker_limits();
SELECT tasker_set_limit('task_name', 'order', NULL);

-- Parked hints without a timer are a defect: the doctor sees it, and rebuilding mends it.
SELECT make_task(41, 61, 1);
SELECT tasker_pause('task_name', 'order');
SELECT claimed();
SELECT check_name, severity FROM tasker_doctor('limits') WHERE severity <> 'ok';
DELETE FROM tasker_core_timers;
SELECT check_name, severity, object, detail FROM tasker_doctor('limits') WHERE severity <> 'ok';
SELECT count(*) > 0 AS rebuilt FROM tasker_rebuild('limits');
SELECT check_name, severity FROM tasker_doctor('limits') WHERE severity <> 'ok';
SELECT tasker_resume('task_name', 'order');
SELECT claimed();
SELECT count(*) AS parked FROM tasker_core_parked;

-- Bad arguments.
\set VERBOSITY sqlstate
SELECT tasker_set_limit('task', 'order', 1);
SELECT tasker_set_limit(NULL, 'order', 1);
SELECT tasker_set_limit('task_name', NULL, 1);
SELECT tasker_set_limit('task_name', 'order', -1);
SELECT tasker_set_limit('task_name', 'order', NULL, 0, '1 s');
SELECT tasker_set_limit('task_name', 'order', NULL, 1);
SELECT tasker_set_limit('task_name', 'order', NULL, 1, '0');
SELECT tasker_pause('step', 'x');
SELECT tasker_set_limit('key', repeat('x', 10000000), 1);
SELECT tasker_pause('namespace', repeat('x', 10000000));
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA limits TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA limits TO regress_reader;
SET ROLE regress_reader;
SELECT tasker_pause('task_name', 'order');
RESET ROLE;
\set VERBOSITY default
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
DROP SCHEMA limits CASCADE;
