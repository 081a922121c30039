-- Settings that are stored in the database, and the first rule that uses them: how long a failed step waits.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA config;
SET search_path = config, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 1, 2), make_task(2, 11, 2);

SELECT option_name, value, origin, default_value, description FROM tasker_config('backoff');

-- The narrower scope wins; null gives an option up.
SELECT tasker_set_config('backoff', '{"mode": "linear", "base_seconds": 10}');
SELECT tasker_set_config('backoff', '{"base_seconds": 20}', 'namespace:default');
SELECT tasker_set_config('backoff', '{"base_seconds": 30}', 'task_name:order');
SELECT tasker_set_config('backoff', '{"base_seconds": 0.25}', 'step_name:step_2');
SELECT tasker_set_config('backoff', '{"mode": "constant"}', 'task:2');
CREATE FUNCTION effective(task bigint DEFAULT NULL, step text DEFAULT NULL) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(option_name || ' = ' || value::text || ' by ' || origin, ', ' ORDER BY option_name)
      FROM tasker_config('backoff', task, step) WHERE origin <> 'default' $$;
SELECT effective() AS of_all, effective(1) AS of_task_1;
SELECT effective(1, 'step_2') AS of_step_2, effective(2, 'step_2') AS of_step_2_in_task_2;
SELECT effective(99) AS of_an_unknown_task, effective(step => 'step_2') AS of_a_step_name;

-- What a worker is told, what is stored, and what readers see.
CREATE FUNCTION run_and_fail(step bigint, VARIADIC arguments text[] DEFAULT '{}') RETURNS TABLE (
    attempts integer, next_eligible_at timestamptz, requested integer, metadata jsonb
) LANGUAGE plpgsql AS $$
DECLARE failed record;
BEGIN
    PERFORM tasker_transition_step(step, 'in_progress');
    SELECT * INTO failed FROM tasker_fail_step(step, '{"error": "no answer"}', retry_after => arguments[1]);
    RETURN QUERY
    SELECT failed.attempts, failed.next_eligible_at, steps.backoff_request_seconds, transitions.metadata
    FROM tasker_workflow_steps AS steps
    JOIN tasker_workflow_step_transitions AS transitions USING (workflow_step_id)
    WHERE workflow_step_id = step AND most_recent;
END $$;
SELECT * FROM run_and_fail(1);
SELECT backoff_seconds FROM tasker_core_steps WHERE workflow_step_id = 1;
SELECT blocking_reason, next_eligible_at FROM tasker_step_readiness(1, '{1}');
SELECT backoff_request_seconds, next_retry_at, ready_for_execution FROM tasker_rails_get_step_readiness_status(1, '{1}');
-- Shorter than the engine's own wait: a quarter of a second.
SELECT * FROM run_and_fail(2);
SET tasker_core.fake_now = '2026-01-01 12:00:00.25+00';
SELECT tasker_maintain();
SELECT current_state, ready_for_execution, next_eligible_at FROM tasker_step_readiness(1, '{2}');
-- A header counts where it asks for more, up to the bound.
SELECT next_eligible_at, requested FROM run_and_fail(2, '60');
SELECT next_eligible_at, requested FROM run_and_fail(11, '999999');
-- A lease that runs out follows the policy as well.
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, lease => '1 second', task_id => 2);
SET tasker_core.fake_now = '2026-01-01 12:00:10+00';
SELECT leases_expired FROM tasker_maintain();
SELECT metadata - 'claim_token' AS metadata FROM tasker_workflow_step_transitions WHERE workflow_step_id = 12 AND most_recent;

-- Side rows follow every writer of a wait into the history, and every value.
UPDATE tasker_workflow_step_transitions SET metadata = '{"backoff_seconds": 1e400}' WHERE workflow_step_id = 1 AND most_recent;
SELECT backoff_seconds FROM tasker_core_steps WHERE workflow_step_id = 1;
UPDATE tasker_workflow_step_transitions SET metadata = '{"backoff_seconds": -5}' WHERE workflow_step_id = 1 AND most_recent;
SELECT backoff_seconds FROM tasker_core_steps WHERE workflow_step_id = 1;
UPDATE tasker_workflow_step_transitions SET metadata = '{"backoff_seconds": "soon"}' WHERE workflow_step_id = 1 AND most_recent;
SELECT backoff_seconds FROM tasker_core_steps WHERE workflow_step_id = 1;
UPDATE tasker_workflow_step_transitions SET metadata = NULL WHERE workflow_step_id = 1 AND most_recent;
SELECT backoff_seconds FROM tasker_core_steps WHERE workflow_step_id = 1;
UPDATE tasker_workflow_step_transitions SET metadata = '[1]' WHERE workflow_step_id = 1 AND most_recent;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE check_name = 'drift';

-- Who changed what, and when.
SELECT tasker_set_config('backoff', '{"base_seconds": null}', 'step_name:step_2');
SELECT version, section, scope, options, changed_at, changed_by FROM tasker_core_config_versions ORDER BY version;
SELECT section, scope, options, version FROM tasker_core_config ORDER BY version;

-- What is wrong is said at once, and nothing is changed.
\set SHOW_CONTEXT never
SELECT tasker_set_config('backoff', '{"mode": "quick", "base_second": 1, "jitter_enabled": "yes", "max_backoff_seconds": 60}');
SELECT tasker_set_config('backof', '{}');
SELECT tasker_set_config('backoff', '[]');
SELECT tasker_set_config('backoff', '{}', 'step:charge');
SELECT tasker_set_config('backoff', '{"mode": "none"}', 'task:-1');
SELECT tasker_set_config('backoff', '{"mode": "none"}', 'namespace:' || repeat('x', 10000000));
SELECT count(*) FROM tasker_config_history('backoff', 'namespace:' || repeat('x', 10000000));
SELECT tasker_set_config(NULL, '{}'), 1;
SELECT tasker_set_config('backoff', NULL);
SELECT tasker_set_config('backoff', '{}', NULL);
SELECT * FROM tasker_config('colours');
SELECT count(*) AS unchanged FROM tasker_core_config_versions;
-- A value that was stored past the checks is found when it is needed.
UPDATE tasker_core_config SET options = '{"mode": 1}' WHERE scope = 'global';
INSERT INTO tasker_core_config_versions (version, section, scope, options, changed_at, changed_by)
SELECT max(version) + 1, 'backoff', 'global', '{"mode": 1}', '2026-01-01', 'stranger' FROM tasker_core_config_versions;
SELECT tasker_retry_step(1);
SELECT * FROM run_and_fail(1);
SELECT tasker_set_config('backoff', '{"mode": null}') > 0 AS set;

-- How long a worker may be silent, as configured for a step; a claim that asks for a lease gets that one.
SELECT tasker_set_config('readiness', '{"lease_seconds": 7200, "stale_after_seconds": 60}', 'step_name:step_2') > 0 AS set;
SELECT make_task(3, 31, 3), make_task(4, 41, 3);
CREATE VIEW looks AS
SELECT subject_id, due_at::time FROM tasker_core_timers WHERE kind = 'step' AND subject_id > 30
UNION ALL SELECT workflow_step_id, due_at::time FROM tasker_core_leases WHERE workflow_step_id > 30;
SELECT workflow_step_id, lease_until::time FROM tasker_claim_steps('worker', 2, task_id => 3) ORDER BY 1;
SELECT * FROM looks ORDER BY 1;
SELECT workflow_step_id, lease_until::time FROM tasker_claim_steps('worker', 2, lease => '1 minute', task_id => 4) ORDER BY 1;
-- A worker that has no lease.
SELECT make_task(5, 51, 3);
SELECT move_step(step, 'in_progress', '2026-01-01 12:00:10') FROM generate_series(51, 52) AS step;
SELECT * FROM looks WHERE subject_id > 50 ORDER BY 1;
SET tasker_core.fake_now = '2026-01-01 12:01:10+00';
SELECT stale_recovered FROM tasker_maintain();
SELECT workflow_step_id, to_state, metadata ->> 'triggered_by' AS cause FROM tasker_workflow_step_transitions WHERE workflow_step_id > 50 AND most_recent ORDER BY 1;
DROP VIEW looks;

-- A role needs the right to write the Tasker tables.
CREATE ROLE regress_config;
GRANT USAGE ON SCHEMA config TO regress_config;
GRANT SELECT ON ALL TABLES IN SCHEMA config TO regress_config;
SET ROLE regress_config;
SELECT count(*) > 0 AS readable FROM tasker_config();
SELECT tasker_set_config('backoff', '{}');
RESET ROLE;
DROP OWNED BY regress_config;
DROP ROLE regress_config;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA config CASCADE;
