-- Giving a step back for later: it uses no attempt, and neither our workers nor the engine run it before.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA snooze;
SET search_path = snooze, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 10, 2, '{{1,2}}'), make_task(2, 20, 1);

SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
SELECT tasker_release_step(10, :'token', 'the shop is closed', interval '90 minutes 0.2 seconds');
SELECT tasker_release_step(10, :'token', 'once more', interval '1 day') AS repeated;
SELECT attempts, in_process, last_attempted_at, backoff_request_seconds FROM tasker_workflow_steps WHERE workflow_step_id = 10;
SELECT ready, blocking_reason, next_eligible_at FROM tasker_find_steps('waiting_for_backoff');
SELECT tasker_explain_task(1) ->> 'summary';
SELECT ready_for_execution, next_retry_at FROM tasker_rails_get_step_readiness_status(1, '{10}');
SELECT metadata - 'claim_token' AS metadata FROM tasker_step_history(10);
SELECT count(*) AS failures FROM tasker_failures();
SELECT workflow_step_id FROM tasker_claim_steps('w', task_id => 1);
SET tasker_core.fake_now = '2026-01-01 13:30:00+00';
SELECT workflow_step_id FROM tasker_claim_steps('w', task_id => 1);
SET tasker_core.fake_now = '2026-01-01 13:30:01+00';
SELECT workflow_step_id, attempt, claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
\echo :workflow_step_id :attempt

-- What is refused.
SELECT tasker_release_step(10, :'token', NULL, interval '-1 second');
SELECT tasker_release_step(10, :'token', NULL, interval '100 years');
SELECT tasker_release_step(10, '00000000-0000-0000-0000-000000000000', NULL, interval '1 hour');
CREATE ROLE snooze_reader;
GRANT USAGE ON SCHEMA snooze TO snooze_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA snooze TO snooze_reader;
SET ROLE snooze_reader;
SELECT tasker_release_step(10, :'token', NULL, interval '1 hour');
RESET ROLE;
GRANT INSERT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_task_transitions, tasker_workflow_step_transitions TO snooze_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA snooze TO snooze_reader;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY second ON tasker_tasks USING (task_id = 2);
CREATE POLICY second ON tasker_workflow_steps USING (task_id = 2);
SET ROLE snooze_reader;
SELECT tasker_release_step(10, :'token', NULL, interval '1 hour') AS hidden;
RESET ROLE;
-- An interval of nothing: ready at once.
SELECT tasker_release_step(10, :'token', NULL, interval '0') AS at_once;
SELECT workflow_step_id FROM tasker_ready_steps(1);
-- A person may let it run earlier.
SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
SELECT tasker_release_step(10, :'token', NULL, interval '1 month');
SELECT * FROM tasker_retry_step(10);
SELECT workflow_step_id FROM tasker_ready_steps(1);

-- A flag without an owner: the engine never sets it, so only a process that is gone can have done it.
UPDATE tasker_workflow_steps SET in_process = true WHERE workflow_step_id = 20;
SELECT wait ->> 'detail' AS detail, wait ->> 'hint' AS hint FROM jsonb_array_elements(tasker_explain_task(2) -> 'waits') AS wait;
SELECT workflow_step_id FROM tasker_claim_steps('w', task_id => 2);
SELECT * FROM tasker_retry_step(20, 'its process is gone');
SELECT workflow_step_id FROM tasker_claim_steps('w', task_id => 2);
DROP OWNED BY snooze_reader;
DROP ROLE snooze_reader;
DROP SCHEMA snooze CASCADE;
