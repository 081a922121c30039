-- tasker_complete_and_claim: one execution ends, and the next begin, in one call.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
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
CREATE VIEW states AS SELECT workflow_step_id, current_state FROM tasker_step_readiness_of_tasks(ARRAY[1, 2]);

-- A chain: its worker goes from step to step, and gets the data of each.
SELECT make_task(1, 1, 3, '{{1,2},{2,3}}');
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('worker');
SELECT remember(workflow_step_id, claim_token), task_id, step_name, attempt, retry_limit, lease_until, parent_results
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
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('worker', task_id => 2, max_rows => 1);
SELECT remember(workflow_step_id, claim_token) FROM tasker_complete_and_claim(11, '{}', token(11), 'worker', 10, task_id => 2) ORDER BY 1;
SELECT count(*) AS none FROM tasker_complete_and_claim(12, '{}', token(12), 'worker', step_names => '{absent}');
SELECT current_state FROM tasker_step_readiness(2, '{12}');
SELECT count(*) AS none FROM tasker_complete_and_claim(13, '{}', token(13), 'worker', 0);

-- A lease that ran out is taken back after ours has counted.
SELECT remember(workflow_step_id, claim_token) FROM tasker_claim_steps('vanished', task_id => 3, lease => '10 seconds', max_rows => 1);
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT remember(workflow_step_id, claim_token), attempt FROM tasker_complete_and_claim(14, '{}', token(14), 'worker', 10) ORDER BY 1;
SELECT current_state, next_retry_at FROM tasker_step_readiness(3, '{21}');

-- Either both or none: a claim that is lost, a filter that does not fit, an argument that is missing.
SELECT * FROM tasker_complete_and_claim(22, '{}', token(14), 'worker');
SELECT * FROM tasker_complete_and_claim(22, '{}', NULL, 'worker');
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', task_id => 3, namespaces => '{x}');
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), NULL);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', NULL);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', -1);
SELECT * FROM tasker_complete_and_claim(22, '{}', token(22), 'worker', lease => '-1 second');
SELECT * FROM tasker_complete_and_claim(NULL, '{}', token(22), 'worker');
SELECT * FROM tasker_complete_and_claim(999, '{}', token(22), 'worker');
SELECT current_state, lease.worker FROM tasker_step_readiness(3, '{22}') JOIN tasker_core_leases AS lease USING (workflow_step_id);
SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info';

-- What handlers get is the same however it is read: past row-level security, and under it by a statement. Results of every
-- kind, to the last digit; several parents, one of them without results.
SELECT make_task(4, 31, 8, '{{1,8},{2,8},{3,8},{4,8},{5,8},{6,8},{7,8}}');
UPDATE tasker_tasks SET context = '{"order": 1.50}' WHERE task_id = 4;
UPDATE tasker_workflow_steps SET inputs = '[1.0, {"b": null, "a": "x"}]' WHERE workflow_step_id = 38;
SELECT count(*) FROM tasker_claim_steps('worker', 7, task_id => 4) AS c,
    tasker_complete_step(c.workflow_step_id, (ARRAY['1.10', '"text"', 'true', 'null', '[]', '{"a": {"b": [1, 2.00]}}'])[c.workflow_step_id - 30]::jsonb, c.claim_token);
CREATE ROLE regress_claimer;
GRANT USAGE ON SCHEMA complete_and_claim TO regress_claimer;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA complete_and_claim TO regress_claimer;
REVOKE ALL ON tasker_core_leases FROM regress_claimer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA complete_and_claim TO regress_claimer;
BEGIN;
SELECT workflow_step_id, step_name, task_name, inputs, context, parent_results FROM tasker_claim_steps('owner', task_id => 4) \gx
ROLLBACK;
SET ROLE regress_claimer;
BEGIN;
SELECT step_name, task_name, inputs, context, md5(parent_results::text) FROM tasker_claim_steps('other', task_id => 4) \gx
ROLLBACK;
RESET ROLE;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_of_them ON tasker_workflow_steps USING (true);
SET ROLE regress_claimer;
BEGIN;
SELECT step_name, task_name, inputs, context, md5(parent_results::text) FROM tasker_claim_steps('filtered', task_id => 4) \gx
ROLLBACK;
RESET ROLE;
REVOKE SELECT ON tasker_named_tasks FROM regress_claimer;
SET ROLE regress_claimer;
SELECT count(*) FROM tasker_claim_steps('without a right', task_id => 4);
RESET ROLE;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
SET client_min_messages = error;
DROP SCHEMA complete_and_claim CASCADE;
DROP ROLE regress_claimer;
