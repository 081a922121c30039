-- Whether both sides say the same about a sample of tasks: counts and a hash of the rows, by the columns that
-- both have. One line for each comparison that fails. Nothing but a read: it may be repeated.
\set ON_ERROR_STOP on
SET tasker_core.rails_semantics = 'v02';
CREATE TEMPORARY TABLE sample AS
-- The stride is prime, so that the sample does not follow the period of the data's states.
SELECT 1 + (turn * 7919) % :tasks AS task_id FROM pg_catalog.generate_series(1, 300) AS turn
UNION SELECT :tasks + 1 UNION SELECT :tasks + 2;

CREATE TEMPORARY TABLE said AS
WITH sampled AS (SELECT pg_catalog.array_agg(task_id ORDER BY task_id) AS task_ids FROM sample)
SELECT 'readiness of single tasks' AS comparison, 'baseline' AS side, r::text AS said
FROM sample AS s, LATERAL :"baseline".get_step_readiness_status(s.task_id, NULL) AS r
UNION ALL
SELECT 'readiness of single tasks', 'tasker', r::text
FROM sample AS s, LATERAL tasker_rails_get_step_readiness_status(s.task_id, NULL) AS r
UNION ALL
SELECT 'readiness of many tasks', 'baseline', r::text
FROM sampled AS s, LATERAL :"baseline".get_step_readiness_status_batch(s.task_ids) AS r
UNION ALL
SELECT 'readiness of many tasks', 'tasker', r::text
FROM sampled AS s, LATERAL tasker_rails_get_step_readiness_status_batch(s.task_ids) AS r
UNION ALL
SELECT 'ready steps', 'baseline',
    ROW(r.workflow_step_id, r.task_id, r.named_step_id, r.name, r.current_state, r.attempts, r.retry_limit)::text
FROM sampled AS s, LATERAL :"baseline".get_step_readiness_status_batch(s.task_ids) AS r
WHERE r.ready_for_execution
UNION ALL
SELECT 'ready steps', 'tasker',
    ROW(r.workflow_step_id, r.task_id, r.named_step_id, r.step_name, r.current_state, r.attempts, r.retry_limit)::text
FROM sampled AS s, LATERAL tasker_ready_steps_of_tasks(s.task_ids) AS r
UNION ALL
SELECT 'context of single tasks', 'baseline', r::text
FROM sample AS s, LATERAL :"baseline".get_task_execution_context(s.task_id) AS r
UNION ALL
SELECT 'context of single tasks', 'tasker', r::text
FROM sample AS s, LATERAL tasker_rails_get_task_execution_context(s.task_id) AS r
UNION ALL
SELECT 'context of many tasks', 'baseline',
    ROW(r.task_id, r.status, r.total_steps, r.pending_steps, r.in_progress_steps, r.completed_steps,
        r.failed_steps, r.ready_steps)::text
FROM sampled AS s, LATERAL :"baseline".get_task_execution_contexts_batch(s.task_ids) AS r
UNION ALL
SELECT 'context of many tasks', 'tasker',
    ROW(r.task_id, r.status, r.total_steps, r.pending_steps, r.in_progress_steps, r.completed_steps,
        r.failed_steps, r.ready_steps)::text
FROM sampled AS s, LATERAL tasker_task_context_of_tasks(s.task_ids) AS r
UNION ALL
-- The paths of the two big tasks are beyond counting.
SELECT 'levels', 'baseline', ROW(s.task_id, r.*)::text
FROM sample AS s, LATERAL :"baseline".calculate_dependency_levels(s.task_id) AS r
WHERE s.task_id <= :tasks
UNION ALL
SELECT 'levels', 'tasker', ROW(s.task_id, r.*)::text
FROM sample AS s, LATERAL tasker_rails_calculate_dependency_levels(s.task_id) AS r
WHERE s.task_id <= :tasks
UNION ALL
SELECT 'health', 'baseline', r::text FROM :"baseline".get_system_health_counts_v01() AS r
UNION ALL
SELECT 'health', 'tasker', r::text FROM tasker_rails_get_system_health_counts_v01() AS r
UNION ALL
SELECT 'analytics', 'baseline', ROW(since, r.*)::text
FROM pg_catalog.unnest(ARRAY['2000-01-01', pg_catalog.now() - interval '9 days']::timestamptz[]) AS since,
    LATERAL :"baseline".get_analytics_metrics_v01(since) AS r
UNION ALL
SELECT 'analytics', 'tasker', ROW(since, r.*)::text
FROM pg_catalog.unnest(ARRAY['2000-01-01', pg_catalog.now() - interval '9 days']::timestamptz[]) AS since,
    LATERAL tasker_rails_get_analytics_metrics_v01(since) AS r
UNION ALL
-- The baseline counts a step once for each of its transitions.
SELECT 'slowest tasks', 'baseline', ROW(r.task_id, r.task_name, r.duration_seconds, r.created_at, r.completed_at)::text
FROM oracle.get_slowest_tasks_v01('2000-01-01', 500) AS r
UNION ALL
SELECT 'slowest tasks', 'tasker', ROW(r.task_id, r.task_name, r.duration_seconds, r.created_at, r.completed_at)::text
FROM tasker_slowest_tasks('2000-01-01', 500) AS r
UNION ALL
SELECT 'slowest steps', 'baseline', r::text FROM oracle.get_slowest_steps_v01(pg_catalog.now() - interval '9 days', 500) AS r
UNION ALL
SELECT 'slowest steps', 'tasker', r::text FROM tasker_slowest_steps(pg_catalog.now() - interval '9 days', 500) AS r;

SELECT comparison, baseline_rows, tasker_rows, baseline_hash, tasker_hash
FROM (
    SELECT
        comparison,
        count(*) FILTER (WHERE side = 'baseline') AS baseline_rows,
        count(*) FILTER (WHERE side = 'tasker') AS tasker_rows,
        pg_catalog.md5(pg_catalog.string_agg(said, '|' ORDER BY said) FILTER (WHERE side = 'baseline'))
            AS baseline_hash,
        pg_catalog.md5(pg_catalog.string_agg(said, '|' ORDER BY said) FILTER (WHERE side = 'tasker'))
            AS tasker_hash
    FROM said
    GROUP BY comparison
) AS compared
WHERE (baseline_rows, baseline_hash) IS DISTINCT FROM (tasker_rows, tasker_hash) OR baseline_rows = 0;
