-- The baseline of the benches: by the steps' transitions alone, as the engine counts (R15).
CREATE OR REPLACE FUNCTION oracle.get_analytics_metrics_v01(since_timestamp timestamptz DEFAULT NULL)
RETURNS TABLE (
    active_tasks_count bigint, total_namespaces_count bigint, unique_task_types_count bigint,
    system_health_score numeric, task_throughput bigint, completion_count bigint, error_count bigint,
    completion_rate numeric, error_rate numeric, avg_task_duration numeric, avg_step_duration numeric,
    step_throughput bigint, analysis_period_start timestamptz, calculated_at timestamptz
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
DECLARE
    since timestamptz := COALESCE(since_timestamp, now() - interval '1 hour');
BEGIN
    RETURN QUERY
    WITH active AS (
        SELECT count(DISTINCT step.task_id) AS tasks
        FROM tasker_workflow_steps AS step
        JOIN tasker_workflow_step_transitions AS own ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
        WHERE own.to_state NOT IN ('complete', 'error', 'resolved_manually')
    ), kinds AS (
        SELECT count(DISTINCT namespace.name) AS namespaces, count(DISTINCT named_task.name) AS names
        FROM tasker_tasks AS task
        JOIN tasker_named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
        JOIN tasker_task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
    ), scored AS (
        SELECT
            count(DISTINCT task.task_id) FILTER (WHERE own.to_state = 'complete') AS completed,
            count(DISTINCT task.task_id) FILTER (WHERE own.to_state = 'error') AS failed
        FROM tasker_tasks AS task
        JOIN tasker_workflow_steps AS step ON step.task_id = task.task_id
        JOIN tasker_workflow_step_transitions AS own ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
        WHERE task.created_at > now() - interval '1 hour'
    ), period AS (
        SELECT
            count(DISTINCT task.task_id) AS tasks,
            count(DISTINCT task.task_id) FILTER (WHERE own.to_state = 'complete') AS completed,
            count(DISTINCT task.task_id) FILTER (WHERE own.to_state = 'error') AS failed,
            count(DISTINCT step.workflow_step_id) AS steps,
            avg(extract(epoch FROM own.created_at - task.created_at)) FILTER (WHERE own.to_state = 'complete') AS task_seconds,
            avg(extract(epoch FROM own.created_at - step.created_at)) FILTER (WHERE own.to_state = 'complete') AS step_seconds
        FROM tasker_tasks AS task
        LEFT JOIN tasker_workflow_steps AS step ON step.task_id = task.task_id
        LEFT JOIN tasker_workflow_step_transitions AS own
            ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
        WHERE task.created_at > since
    )
    SELECT
        active.tasks, kinds.namespaces, kinds.names,
        COALESCE(round(scored.completed::numeric / NULLIF(scored.completed + scored.failed, 0), 3), 1.0),
        period.tasks, period.completed, period.failed,
        COALESCE(round(period.completed::numeric / NULLIF(period.tasks, 0) * 100, 2), 0.0),
        COALESCE(round(period.failed::numeric / NULLIF(period.tasks, 0) * 100, 2), 0.0),
        round(COALESCE(period.task_seconds, 0), 3), round(COALESCE(period.step_seconds, 0), 3), period.steps, since, now()
    FROM active, kinds, scored, period;
END;
$$;
