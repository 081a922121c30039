-- The situations of the readiness rules as version 02 of the Rails functions judges them,
-- through the functions that replace those.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set scenarios :abs_srcdir '/../oracle/scenarios.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA scenarios_v02;
SET search_path = scenarios_v02, public;
SELECT count(*) > 0 AS installed FROM tasker_install('scenarios_v02');
SELECT count(*) > 0 AS replaced FROM tasker_replace_rails_functions('scenarios_v02');
\set ECHO none
\i :scenarios
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SHOW tasker_core.rails_semantics;

-- Steps; "next retry" in seconds from the present.
SELECT
    task.reason AS scenario,
    step.name AS step,
    step.dependencies_satisfied AS parents_done,
    step.retry_eligible,
    step.ready_for_execution AS ready,
    extract(epoch FROM step.next_retry_at - '2026-01-01 12:00:00')::integer AS next_retry,
    step.completed_parents || '/' || step.total_parents AS parents
FROM tasker_tasks AS task
CROSS JOIN LATERAL get_step_readiness_status(task.task_id) AS step
ORDER BY task.reason, step.workflow_step_id;

-- Tasks.
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

-- The batch forms give the same rows.
WITH asked AS (SELECT array_agg(task_id) AS ids FROM tasker_tasks)
SELECT count(*) AS different_steps
FROM (
    SELECT step.* FROM tasker_tasks AS task CROSS JOIN LATERAL get_step_readiness_status(task.task_id) AS step
    EXCEPT ALL
    SELECT step.* FROM asked CROSS JOIN LATERAL get_step_readiness_status_batch(asked.ids) AS step
) AS different;
WITH asked AS (SELECT array_agg(task_id) AS ids FROM tasker_tasks)
SELECT count(*) AS different_tasks
FROM (
    SELECT context.*
    FROM tasker_tasks AS task CROSS JOIN LATERAL get_task_execution_context(task.task_id) AS context
    EXCEPT ALL
    SELECT context.* FROM asked CROSS JOIN LATERAL get_task_execution_contexts_batch(asked.ids) AS context
) AS different;

DROP SCHEMA scenarios_v02 CASCADE;
