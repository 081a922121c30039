-- tasker_complete_and_claim: one execution ends, and the next begin, in one call.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA complete_and_claim;
SET search_path = complete_and_claim, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE TABLE claimed (step bigint PRIMARY KEY, token uuid);
CREATE FUNCTION remember(step bigint, token uuid) RETURNS bigint LANGUAGE sql
AS $$ INSERT INTO claimed VALUES (step, token) ON CONFLICT ON CONSTRAINT claimed_pkey DO UPDATE SET token = excluded.token RETURNING step $$;
CREATE FUNCTION token(of bigint) RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT token FROM claimed WHERE step = of $$;
CREATE VIEW states AS SELECT workflow_step_id, current_state FROM tasker_step_readiness(ARRAY[1, 2]);

-- A chain: its worker goes from step to step, and gets what he needs of each.
SELECT make_task(1, 1, 3, '{{1,2},{2,3}}');
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('worker');
SELECT remember(workflow_step_id, claim_token), task_id, name, attempt, retry_limit, lease_until, parent_results
FROM tasker_complete_and_claim(1, '{"first": 1}', token(1), 'worker', lease => '1 minute');
SELECT * FROM states;
-- Once more, as after a lost connection: nothing changes, and nothing is left to claim.
SELECT count(*) AS none FROM tasker_complete_and_claim(1, '{"again": 1}', token(1), 'worker');
SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = 1;
SELECT remember(workflow_step_id, claim_token), parent_results FROM tasker_complete_and_claim(2, '{"second": 2}', token(2), 'worker');
-- The last one: the task ends, and nothing is ready.
SELECT count(*) AS none FROM tasker_complete_and_claim(3, NULL, token(3), 'worker', 10);
SELECT complete FROM tasker_tasks WHERE task_id = 1;

-- The filters are those of a claim; several at once.
SELECT make_task(2, 11, 4, '{{1,3},{1,4}}'), make_task(3, 21, 2);
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('worker', task_id => 2, max_steps => 1);
SELECT remember(workflow_step_id, claim_token) FROM tasker_complete_and_claim(11, '{}', token(11), 'worker', 10, task_id => 2) ORDER BY 1;
SELECT count(*) AS none FROM tasker_complete_and_claim(12, '{}', token(12), 'worker', step_names => '{nobody}');
SELECT current_state FROM tasker_step_readiness(2, '{12}');
SELECT count(*) AS none FROM tasker_complete_and_claim(13, '{}', token(13), 'worker', 0);

-- A lease that ran out is taken back after ours has counted.
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('vanished', task_id => 3, lease => '10 seconds', max_steps => 1);
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT remember(workflow_step_id, claim_token), attempt FROM tasker_complete_and_claim(14, '{}', token(14), 'worker', 10) ORDER BY 1;
SELECT current_state, next_retry_at FROM tasker_step_readiness(3, '{21}');

-- Either both or none: a claim that is lost, a filter that does not fit, an argument that is missing.
SELECT * FROM tasker_complete_and_claim(22, '{}', token(14), 'worker');
SELECT * FROM tasker_complete_and_claim(22, '{}', NULL, 'worker');
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', task_id => 3, namespace => 'x');
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), NULL);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', NULL);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', -1);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', lease => '-1 second');
SELECT * FROM tasker_complete_and_claim(NULL, '{}', token(22), 'worker');
SELECT * FROM tasker_complete_and_claim(999, '{}', token(22), 'worker');
SELECT current_state, lease.worker FROM tasker_step_readiness(3, '{22}') JOIN tasker_core_leases AS lease USING (workflow_step_id);
SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info';

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
SET client_min_messages = error;
DROP SCHEMA complete_and_claim CASCADE;
