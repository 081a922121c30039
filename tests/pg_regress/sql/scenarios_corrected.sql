-- The same situations by the corrected rules, through the functions that replace those of Rails and through
-- the extension's own, and some that only the corrected rules tell apart.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set scenarios :abs_srcdir '/../oracle/scenarios.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA scenarios_corrected;
SET search_path = scenarios_corrected, public;
SELECT count(*) > 0 AS installed FROM tasker_install('scenarios_corrected');
SELECT count(*) > 0 AS replaced FROM tasker_replace_rails_functions('scenarios_corrected');
\set ECHO none
\i :scenarios
\set ECHO all
DO $$
DECLARE
    task bigint;
    parent bigint;
BEGIN
    task := pg_temp.new_task('31 task cancelled', 'cancelled');
    PERFORM pg_temp.new_step(task, 'step');
    PERFORM pg_temp.new_step(task, 'other', 'error', 0, attempts => 1);

    task := pg_temp.new_task('32 task cancelled, step in progress', 'cancelled');
    PERFORM pg_temp.new_step(task, 'step', 'in_progress');

    task := pg_temp.new_task('33 grandparent cancelled, child skippable', 'in_progress');
    parent := pg_temp.new_step(task, 'step', 'cancelled');
    parent := pg_temp.new_step(task, 'parent', parent => parent);
    PERFORM pg_temp.new_step(task, 'child', skippable => true, parent => parent);

    task := pg_temp.new_task('34 parent exhausted, child waits', 'in_progress');
    parent := pg_temp.new_step(task, 'parent', 'error', attempts => 3);
    PERFORM pg_temp.new_step(task, 'child', parent => parent);

    PERFORM pg_temp.new_step(pg_temp.new_task('35 pending, not retryable, 1 of 3'), 'step',
        attempts => 1, retryable => false);
    PERFORM pg_temp.new_step(pg_temp.new_task('36 error, not retryable, limit 0'), 'step', 'error',
        attempts => 1, retry_limit => 0, retryable => false);

    task := pg_temp.new_task('37 exhausted and ready', 'in_progress');
    PERFORM pg_temp.new_step(task, 'step', 'error', attempts => 3);
    PERFORM pg_temp.new_step(task, 'other');
END
$$;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- Steps through the function of Rails; "next retry" in seconds from the present.
SET tasker_core.rails_semantics = 'corrected';
SELECT
    task.reason AS scenario,
    step.name AS step,
    step.dependencies_satisfied AS parents_done,
    step.retry_eligible,
    step.ready_for_execution AS ready,
    extract(epoch FROM step.next_retry_at - '2026-01-01 12:00:00+00')::integer AS next_retry,
    step.attempts || '/' || step.retry_limit AS attempts
FROM tasker_tasks AS task
CROSS JOIN LATERAL get_step_readiness_status(task.task_id) AS step
ORDER BY task.reason, step.workflow_step_id;

-- Tasks through the function of Rails.
SELECT
    task.reason AS scenario,
    context.ready_steps AS ready,
    context.execution_status,
    context.recommended_action,
    context.health_status AS health,
    context.completion_percentage AS percent
FROM tasker_tasks AS task
CROSS JOIN LATERAL get_task_execution_context(task.task_id) AS context
ORDER BY task.reason;

-- The extension's own functions do not depend on the setting.
RESET tasker_core.rails_semantics;
SELECT
    task.reason AS scenario,
    step.step_name AS step,
    step.ready_for_execution AS ready,
    step.blocking_reason,
    extract(epoch FROM step.next_eligible_at - '2026-01-01 12:00:00+00')::integer AS next_eligible
FROM tasker_tasks AS task
CROSS JOIN LATERAL tasker_step_readiness(task.task_id) AS step
ORDER BY task.reason, step.workflow_step_id;
SELECT
    task.reason AS scenario,
    context.ready_steps AS ready,
    context.cancelled_steps AS cancelled,
    context.blocked_steps AS blocked,
    context.execution_status,
    context.recommended_action,
    context.health_status AS health,
    context.completion_percentage AS percent,
    extract(epoch FROM context.next_eligible_at - '2026-01-01 12:00:00+00')::integer AS next_eligible
FROM tasker_tasks AS task
CROSS JOIN LATERAL tasker_task_context(task.task_id) AS context
ORDER BY task.reason;

-- What may run, and for how many seconds it has been allowed to.
SELECT
    task.reason AS scenario,
    step.step_name AS step,
    step.current_state,
    step.attempts || '/' || step.retry_limit AS attempts,
    step.priority,
    extract(epoch FROM '2026-01-01 12:00:00+00' - step.eligible_since)::integer AS eligible_for
FROM tasker_tasks AS task
CROSS JOIN LATERAL tasker_ready_steps(task.task_id) AS step
ORDER BY task.reason, step.workflow_step_id;

DROP SCHEMA scenarios_corrected CASCADE;
