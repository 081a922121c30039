-- What an operator asks of tasks that do not move: why, which, what next, and what failed most.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA explain_task;
SET search_path = explain_task, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) FROM tasker_stuck_tasks();
SELECT count(*) FROM tasker_next_steps();
SELECT count(*) FROM tasker_failures();
SELECT tasker_explain_task(1);
SELECT tasker_explain_task(NULL);
\set ECHO none
\i :helpers
-- The waits of a task, without their hints.
CREATE FUNCTION waits(id bigint) RETURNS TABLE (kind text, step text, until text, blocks text, detail text) LANGUAGE sql AS $$
    SELECT w ->> 'kind', w ->> 'workflow_step_id', w ->> 'until', w ->> 'blocks', w ->> 'detail'
    FROM jsonb_array_elements(tasker_explain_task(id) -> 'waits') AS w
$$;
CREATE FUNCTION told(id bigint) RETURNS TABLE (state text, status text, action text, summary text, hint text) LANGUAGE sql AS $$
    SELECT d ->> 'current_state', d ->> 'execution_status', d ->> 'action', d ->> 'summary', d ->> 'hint'
    FROM tasker_explain_task(id) AS d
$$;
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- 1: ready, and no worker claims it.
SELECT make_task(1, 101, 2, '{{1,2}}');
SELECT * FROM told(1);
SELECT * FROM waits(1);
-- A worker holds it; then its time is over.
SELECT workflow_step_id FROM tasker_claim_steps('worker 7', task_id => 1, lease => '5 min');
SELECT * FROM told(1);
SELECT tasker_explain_task(1) #> '{waits,0,lease}' ->> 'worker' AS worker, tasker_explain_task(1) #> '{waits,0,lease}' ? 'claim_token' AS tells_token;
SET tasker_core.fake_now = '2026-01-01 12:06:00+00';
SELECT * FROM waits(1);
SELECT count(*) > 0 FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- 2: paused by an operator for a reason.
SELECT make_task(2, 201, 1);
SELECT tasker_pause_task(2, 'the shop is closed');
SELECT tasker_pause_task(2, 'again');
SELECT state, status, action, replace(summary, session_user, 'OPERATOR') AS summary, hint FROM told(2);
SELECT tasker_explain_task(2) -> 'paused' ->> 'reason' AS reason, tasker_explain_task(2) -> 'paused' ->> 'by' = session_user AS by_me,
    tasker_explain_task(2) -> 'paused' ->> 'since' AS since;
SELECT tasker_resume_task(2);
SELECT paused_at, paused_by, pause_reason FROM tasker_core_tasks WHERE task_id = 2;
SELECT * FROM waits(2);

-- 3: failed for good, with steps below it. 4: waits after a failure. 5: cancelled above. 6: waits for another task's step.
SELECT make_task(3, 301, 3, '{{1,2},{2,3}}'), make_task(4, 401, 1), make_task(5, 501, 3, '{{1,2},{1,3}}'), make_task(6, 601, 1);
UPDATE tasker_workflow_steps SET attempts = 3, results = '{"error": "no such card", "error_class": "CardError"}' WHERE workflow_step_id = 301;
SELECT move_task(3, 'in_progress', '2026-01-01 09:00'), move_step(301, 'error', '2026-01-01 10:00');
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 401;
SELECT move_step(401, 'error', '2026-01-01 11:59:59'), move_step(501, 'cancelled');
SET tasker_core.enforce_edges = off;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (301, 601, 'provides', '2026-01-01', '2026-01-01');
SELECT * FROM told(3);
SELECT tasker_explain_task(3) #> '{waits,0}' ->> 'error' AS error, tasker_explain_task(3) #> '{waits,0}' ->> 'error_class' AS class,
    tasker_explain_task(3) #> '{waits,0}' ->> 'blocks' AS blocks;
SELECT * FROM told(4);
SELECT * FROM waits(4);
SELECT * FROM told(5);
SELECT * FROM waits(5);
SELECT * FROM waits(6);

-- 7: a limit. 8: a pause of its namespace. 9: nothing left. 10: closed. 11: in progress with the engine. 12: many.
SELECT make_task(7, 701, 2), make_task(9, 901, 1), make_task(10, 1001, 1), make_task(11, 1101, 1), make_task(12, 1201, 25);
SELECT tasker_set_limit('step_name', 'step_2', max_running => 0);
SELECT count(*) FROM tasker_claim_steps('worker 8', 10, task_id => 7);
SELECT * FROM waits(7);
SELECT tasker_pause('namespace', 'default', 'audit');
SELECT * FROM waits(2);
SELECT tasker_resume('namespace', 'default');
SELECT move_step(901, 'complete'), move_task(9, 'in_progress', '2026-01-01 09:00');
SELECT * FROM told(9);
SELECT move_task(10, 'in_progress', '2026-01-01 09:00'), move_task(10, 'cancelled', '2026-01-01 10:00');
SELECT * FROM told(10);
SELECT move_step(1101, 'in_progress', '2026-01-01 11:30');
SELECT * FROM waits(11);
SELECT tasker_explain_task(12) ->> 'total_waits' AS total, jsonb_array_length(tasker_explain_task(12) -> 'waits') AS shown;

-- What is stuck: not what is run, nor what waits for a time.
SELECT task_id, current_state, last_moved_at, execution_status, reason, hint FROM tasker_stuck_tasks();
SELECT task_id, reason FROM tasker_stuck_tasks('0', max_rows => 3);
SELECT task_id, reason FROM tasker_stuck_tasks('0', after_id => 6, max_rows => 2);
SELECT * FROM tasker_stuck_tasks('10 years');
SELECT * FROM tasker_stuck_tasks(NULL);
SELECT * FROM tasker_stuck_tasks(max_rows => -1);

-- What will run next, and when.
SELECT place, workflow_step_id, task_id, step_name, source, runs_at, bucket FROM tasker_next_steps(100) WHERE workflow_step_id < 1200 OR workflow_step_id = 1201;
SELECT count(*) FROM tasker_next_steps(2);
SELECT count(*) FROM tasker_next_steps(0);

-- What failed most.
SELECT make_task(20, 2001, 1), make_task(21, 2101, 1);
UPDATE tasker_workflow_steps SET results = '{"error": "expired", "error_class": "CardError"}' WHERE workflow_step_id IN (2001, 2101);
SELECT move_step(2001, 'error', '2026-01-01 08:00'), move_step(2001, 'pending', '2026-01-01 08:01'), move_step(2001, 'error', '2026-01-01 08:02'),
    move_step(2101, 'error', '2025-12-01 08:00');
SELECT * FROM tasker_failures();
SELECT step_name, error_class, failures, steps, tasks FROM tasker_failures('2025-01-01', 1);
SELECT count(*) FROM tasker_failures('2027-01-01');

-- The rights of the caller count, and the time zone does not.
SET timezone = 'Asia/Tokyo';
SELECT count(*) FROM tasker_failures('2026-01-01 10:00+00');
SELECT summary FROM told(4);
RESET timezone;
CREATE ROLE tasker_explainer;
GRANT USAGE ON SCHEMA explain_task TO tasker_explainer;
SET ROLE tasker_explainer;
SELECT tasker_explain_task(1);
SELECT * FROM tasker_stuck_tasks();
SELECT * FROM tasker_next_steps();
SELECT * FROM tasker_failures();
RESET ROLE;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges,
    tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks, tasker_task_namespaces TO tasker_explainer;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_tasks FOR SELECT TO tasker_explainer USING (task_id = 3);
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_workflow_steps FOR SELECT TO tasker_explainer USING (task_id = 3);
SET ROLE tasker_explainer;
SELECT tasker_explain_task(1);
SELECT tasker_explain_task(3) ->> 'summary' AS summary;
SELECT task_id FROM tasker_stuck_tasks('0');
SELECT task_id FROM tasker_next_steps();
SELECT step_name, failures FROM tasker_failures();
RESET ROLE;
DROP SCHEMA explain_task CASCADE;
DROP ROLE tasker_explainer;
