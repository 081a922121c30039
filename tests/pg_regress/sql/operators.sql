-- What operators do: every verb from every state, who did it and why, and what becomes of the task.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA operators;
SET search_path = operators, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE VIEW steps AS
SELECT step.workflow_step_id AS step, side.state, step.in_process, step.processed, step.processed_at, step.attempts,
       step.retryable, step.backoff_request_seconds AS backoff, step.results
FROM tasker_workflow_steps AS step JOIN tasker_core_steps AS side USING (workflow_step_id) ORDER BY 1;
CREATE VIEW tasks AS
SELECT task.task_id AS task, side.state, task.complete
FROM tasker_tasks AS task JOIN tasker_core_tasks AS side USING (task_id) ORDER BY 1;
CREATE VIEW history AS
SELECT workflow_step_id AS step, from_state, to_state, most_recent AS current, metadata - 'claim_token' AS metadata
FROM tasker_workflow_step_transitions ORDER BY workflow_step_id, sort_key;
CREATE FUNCTION token(step bigint) RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step $$;
-- What a call answers, or how it is refused; nothing of it stays.
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    hint text;
BEGIN
    EXECUTE 'SELECT string_agg(answer::text, '' '') FROM ' || call || ' AS answer' INTO answer;
    RAISE SQLSTATE 'UNDO1';
EXCEPTION
    WHEN SQLSTATE 'UNDO1' THEN RETURN answer;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' / ' || nullif(hint, ''), '');
END $$;
CREATE VIEW drift AS SELECT * FROM tasker_doctor() WHERE severity = 'error';

-- Every verb from every state: a step for each, in a task of its own.
SELECT make_task(n, n * 10 + 1, 1) FROM generate_series(1, 6) AS n;
SELECT move_step(21, 'in_progress'), move_step(31, 'complete'), move_step(41, 'error'), move_step(51, 'cancelled'),
       move_step(61, 'resolved_manually');
SELECT step, state FROM steps;
SELECT state, attempt(format('tasker_cancel_step(%s)', step)) FROM steps;
SELECT state, attempt(format('tasker_skip_step(%s, force => true)', step)) FROM steps;
SELECT state, attempt(format('tasker_resolve_step(%s)', step)) FROM steps;
SELECT state, attempt(format('tasker_retry_step(%s)', step)) FROM steps;
SELECT state, attempt(format('tasker_reset_step(%s)', step)) FROM steps;

-- The same for tasks.
SELECT make_task(n, n * 10 + 1, 0) FROM generate_series(11, 16) AS n;
SELECT move_task(12, 'in_progress'), move_task(13, 'complete'), move_task(14, 'error'), move_task(15, 'cancelled'),
       move_task(16, 'resolved_manually');
SELECT state, attempt(format('tasker_cancel_task(%s)', task)) FROM tasks WHERE task > 10;
SELECT state, attempt(format('tasker_pause_task(%s)', task)) FROM tasks WHERE task > 10;
SELECT state, attempt(format('tasker_resume_task(%s)', task)) FROM tasks WHERE task > 10;

-- NULL and unknown ids; arguments out of range.
SELECT call, attempt(call) FROM unnest(ARRAY[
    'tasker_cancel_step(NULL)', 'tasker_cancel_step(1, NULL, NULL)', 'tasker_cancel_task(NULL)', 'tasker_skip_step(NULL)',
    'tasker_skip_step(1, NULL, NULL)', 'tasker_resolve_step(NULL)', 'tasker_retry_step(NULL)', 'tasker_reset_step(NULL)',
    'tasker_pause_task(NULL)', 'tasker_resume_task(NULL)', 'tasker_set_retry_limit(NULL, 1)',
    'tasker_set_task_priority(NULL, 1)', 'tasker_set_task_priority(1, NULL)',
    'tasker_cancel_step(4711)', 'tasker_cancel_task(4711)', 'tasker_skip_step(4711)', 'tasker_resolve_step(4711)',
    'tasker_retry_step(4711)', 'tasker_reset_step(4711)', 'tasker_pause_task(4711)', 'tasker_resume_task(4711)',
    'tasker_set_retry_limit(4711, 1)', 'tasker_set_task_priority(4711, 1)',
    'tasker_set_retry_limit(11, -1)', 'tasker_set_task_priority(1, 101)', 'tasker_set_task_priority(1, -101)']) AS call;

-- Cancelling a step takes what stands below it along: 1 -> 2 -> 4, 1 -> 3 -> 4, and 5 beside them.
SELECT make_task(20, 201, 5, '{{1,2},{1,3},{2,4},{3,4}}');
SELECT move_step(201, 'complete');
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 202;
SELECT move_step(202, 'in_progress'), move_step(202, 'error', '2026-01-01 11:59:59.5');
SELECT * FROM tasker_cancel_step(202, 'no longer wanted');
SELECT * FROM history WHERE step IN (202, 204);
SELECT step, state FROM steps WHERE step BETWEEN 201 AND 205;
-- Without them they are only cut off.
SELECT make_task(21, 211, 3, '{{1,2},{2,3}}');
SELECT * FROM tasker_cancel_step(211, descendants => false);
SELECT step, state FROM steps WHERE step BETWEEN 211 AND 213;
-- Nothing is left to run: the task ends.
SELECT * FROM tasks WHERE task IN (20, 21);

-- Who runs a step that is cancelled hears of it.
SELECT make_task(22, 221, 2, '{{1,2}}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 22);
SELECT * FROM tasker_cancel_step(221, 'stop');
SELECT step, state, in_process, attempts FROM steps WHERE step IN (221, 222);
SELECT workflow_step_id, ended_as FROM tasker_core_leases;
SELECT workflow_step_id, status FROM tasker_heartbeat(ARRAY[token(221)]);
SELECT attempt('tasker_complete_step(221, NULL, token(221))');
SELECT * FROM tasks WHERE task = 22;

-- A task with all that is not done.
SELECT make_task(23, 231, 5, '{{1,2},{2,3}}');
SELECT move_step(231, 'complete'), move_step(234, 'in_progress'), move_step(235, 'error'), move_task(23, 'in_progress'),
       move_task(23, 'error');
SELECT * FROM tasker_cancel_task(23, 'the order was withdrawn');
SELECT from_state, to_state, metadata FROM tasker_task_transitions WHERE task_id = 23 ORDER BY sort_key;
SELECT * FROM history WHERE step = 232;
SELECT count(*) AS ready FROM tasker_ready_steps(23);

-- Only a skippable step is left out, unless one insists.
SELECT make_task(24, 241, 3, '{{1,2},{2,3}}');
UPDATE tasker_workflow_steps SET skippable = true WHERE workflow_step_id = 241;
SELECT * FROM tasker_skip_step(241, 'not needed');
SELECT attempt('tasker_skip_step(242)');
SELECT * FROM tasker_skip_step(242, force => true);
SELECT * FROM history WHERE step IN (241, 242);
SELECT * FROM steps WHERE step IN (241, 242);
SELECT workflow_step_id FROM tasker_ready_steps(24);
SELECT * FROM tasker_skip_step(243, force => true);
SELECT * FROM tasks WHERE task = 24;

-- Resolved by hand, with results for the child; the failed task goes on, and ends.
SELECT make_task(25, 251, 2, '{{1,2}}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 25);
SELECT state, exhausted, task_state FROM tasker_fail_step(251, '"broken"', false, claim_token => token(251));
SELECT * FROM tasker_resolve_step(251, '{"paid": true}', 'anna', 'paid by cheque');
SELECT * FROM steps WHERE step = 251;
SELECT to_state, metadata FROM history WHERE step = 251;
SELECT * FROM tasks WHERE task = 25;
SELECT workflow_step_id, parent_results FROM tasker_claim_steps('worker', 10, task_id => 25);
SELECT attempt('tasker_resolve_step(252)');
SELECT state, task_state FROM tasker_complete_step(252, NULL, token(252));
-- Without results those of the failure stay, and it is the caller who did it.
SELECT make_task(26, 261, 1);
UPDATE tasker_workflow_steps SET results = '{"error": "broken"}' WHERE workflow_step_id = 261;
SELECT move_step(261, 'error');
SELECT * FROM tasker_resolve_step(261);
SELECT results FROM steps WHERE step = 261;
SELECT metadata FROM history WHERE step = 261 AND current;
SELECT * FROM tasks WHERE task = 26;

-- Retried now, not later.
SELECT make_task(27, 271, 1);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 27);
SELECT next_eligible_at FROM tasker_fail_step(271, '"busy"', true, '3600', token(271));
SELECT count(*) AS too_early FROM tasker_claim_steps('worker', 10, task_id => 27);
SELECT * FROM tasker_retry_step(271, 'it is up again');
SELECT * FROM steps WHERE step = 271;
SELECT metadata FROM history WHERE step = 271 AND current;
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10, step_names => '{step_1}') WHERE task_id = 27;
SELECT state FROM tasker_complete_step(271, NULL, token(271));
-- A pending step that waits: only the wait goes.
SELECT make_task(28, 281, 1);
UPDATE tasker_workflow_steps SET backoff_request_seconds = 3600, last_attempted_at = '2026-01-01 11:59:00', attempts = 1
WHERE workflow_step_id = 281;
SELECT count(*) AS too_early FROM tasker_claim_steps('worker', 10, step_names => '{step_1}') WHERE task_id = 28;
SELECT * FROM tasker_retry_step(281);
SELECT * FROM steps WHERE step = 281;
SELECT count(*) AS transitions FROM history WHERE step = 281;
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10, step_names => '{step_1}') WHERE task_id = 28;

-- Attempts used up: a retry is refused, a reset begins afresh, and the task goes on.
SELECT make_task(29, 291, 2, '{{1,2}}');
UPDATE tasker_workflow_steps SET retry_limit = 1 WHERE workflow_step_id = 291;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 29);
SELECT exhausted, task_state FROM tasker_fail_step(291, '"broken"', claim_token => token(291));
SELECT attempt('tasker_retry_step(291)');
SELECT * FROM tasker_reset_step(291, 'repaired');
SELECT * FROM steps WHERE step = 291;
SELECT metadata FROM history WHERE step = 291 AND current;
SELECT to_state, metadata FROM tasker_task_transitions WHERE task_id = 29 ORDER BY sort_key DESC LIMIT 1;
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10, task_id => 29);
-- A permanent failure is taken back; what was never retryable stays so.
SELECT state, exhausted FROM tasker_fail_step(291, '"broken"', false, claim_token => token(291));
SELECT retryable FROM steps WHERE step = 291;
SELECT * FROM tasker_reset_step(291);
SELECT retryable FROM steps WHERE step = 291;
SELECT make_task(30, 301, 1);
UPDATE tasker_workflow_steps SET retryable = false WHERE workflow_step_id = 301;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 30);
SELECT state, exhausted FROM tasker_fail_step(301, '"broken"', false, claim_token => token(301));
SELECT * FROM tasker_reset_step(301);
SELECT retryable, attempts FROM steps WHERE step = 301;
-- Pending with its attempts used up: the columns alone.
UPDATE tasker_workflow_steps SET attempts = 5 WHERE workflow_step_id = 301;
SELECT count(*) AS ready FROM tasker_ready_steps(30);
SELECT attempt('tasker_retry_step(301)');
SELECT * FROM tasker_reset_step(301);
SELECT attempts FROM steps WHERE step = 301;
SELECT count(*) AS ready FROM tasker_ready_steps(30);
-- Not in a closed task.
SELECT make_task(31, 311, 1);
SELECT move_step(311, 'error'), move_task(31, 'cancelled');
SELECT attempt('tasker_retry_step(311)'), attempt('tasker_reset_step(311)');

-- A paused task: nothing of it is claimed, what runs goes on.
SELECT make_task(32, 321, 3);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 32);
SELECT tasker_pause_task(32, 'disk is full');
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT tasker_pause_task(32);
SELECT paused_at FROM tasker_core_tasks WHERE task_id = 32;
SELECT count(*) AS paused FROM tasker_claim_steps('worker', 10, task_id => 32);
SELECT count(*) AS ready FROM tasker_ready_steps(32);
SELECT count(*) FILTER (WHERE task_id = 32) AS paused FROM tasker_claim_steps('worker', 10);
SELECT attempt('tasker_transition_step(322, ''in_progress'')');
SELECT state FROM tasker_complete_step(321, NULL, token(321));
SELECT tasker_resume_task(32);
SELECT paused_at FROM tasker_core_tasks WHERE task_id = 32;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10) ORDER BY 1;

-- What is only paused can still run: a failure for good beside it does not end the task.
SELECT make_task(36, 361, 2);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 36);
SELECT tasker_pause_task(36);
SELECT state, task_state FROM tasker_fail_step(361, '"broken"', false, claim_token => token(361));
SELECT action, reason FROM tasker_finalize_task(36);
SELECT finalized FROM tasker_maintain();
SELECT tasker_resume_task(36);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 36);
SELECT state, task_state FROM tasker_complete_step(362, NULL, token(362));

-- Another budget: the failed step goes on by itself, a smaller one ends the task.
SELECT make_task(33, 331, 1);
UPDATE tasker_workflow_steps SET retry_limit = 1 WHERE workflow_step_id = 331;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_id => 33);
SELECT task_state FROM tasker_fail_step(331, '"broken"', claim_token => token(331));
SELECT tasker_set_retry_limit(331, 2);
SELECT * FROM tasks WHERE task = 33;
SET tasker_core.fake_now = '2026-01-01 12:01:02+00';
SELECT workflow_step_id, attempt, retry_limit FROM tasker_claim_steps('worker', 10);
SELECT exhausted FROM tasker_fail_step(331, '"broken"', claim_token => token(331));
SELECT tasker_set_retry_limit(331, NULL);
SELECT retry_limit FROM tasker_step_readiness(33);
SELECT tasker_set_retry_limit(331, 0);
SELECT retry_limit FROM tasker_step_readiness(33);
SELECT * FROM tasks WHERE task = 33;

-- More urgent: also what waits already.
SELECT make_task(34, 341, 1), make_task(35, 351, 2, '{{1,2}}');
SELECT tasker_set_task_priority(35, 2);
SELECT tasker_set_task_priority(35, 5);
SELECT task_id, workflow_step_id, rank FROM tasker_core_hints ORDER BY rank;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1);
SELECT tasker_set_task_priority(34, -100);
SELECT task_id, workflow_step_id, rank FROM tasker_core_hints ORDER BY rank;

-- Who may not write may not do any of it; who may not even read is told nothing.
CREATE ROLE operators_reader;
CREATE ROLE operators_stranger;
GRANT USAGE ON SCHEMA operators TO operators_reader, operators_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA operators TO operators_reader;
CREATE VIEW verbs AS SELECT * FROM unnest(ARRAY[
    'tasker_cancel_step(341)', 'tasker_cancel_task(34)', 'tasker_skip_step(341)', 'tasker_resolve_step(341)',
    'tasker_retry_step(341)', 'tasker_reset_step(341)', 'tasker_pause_task(34)', 'tasker_resume_task(34)',
    'tasker_set_retry_limit(341, 1)', 'tasker_set_task_priority(34, 1)']) AS call;
GRANT SELECT ON verbs TO operators_reader, operators_stranger;
SET ROLE operators_reader;
SELECT call, attempt(call) FROM verbs;
SET ROLE operators_stranger;
SELECT call, attempt(call) FROM verbs;
RESET ROLE;
-- Rights on the Rails tables are enough; the history names who has logged in.
GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA operators TO operators_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA operators TO operators_reader;
REVOKE ALL ON tasker_core_steps, tasker_core_tasks, tasker_core_leases, tasker_core_hints, tasker_core_timers
    FROM operators_reader;
SELECT move_step(341, 'error');
SET ROLE operators_reader;
SELECT call, attempt(call) FROM verbs;
SELECT * FROM tasker_retry_step(341);
RESET ROLE;
SELECT metadata FROM history WHERE step = 341 AND current;
-- Hidden by row-level security: as if it did not exist.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
SET ROLE operators_reader;
SELECT call, attempt(call) FROM verbs;
RESET ROLE;

TABLE drift;
DROP OWNED BY operators_reader, operators_stranger;
DROP ROLE operators_reader, operators_stranger;
DROP SCHEMA operators CASCADE;
