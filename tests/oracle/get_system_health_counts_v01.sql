-- The baseline of the benches: everything is counted at every call, as the engine counts it (R13).
CREATE OR REPLACE FUNCTION oracle.get_system_health_counts_v01()
RETURNS TABLE (
    total_tasks bigint, pending_tasks bigint, in_progress_tasks bigint, complete_tasks bigint, error_tasks bigint,
    cancelled_tasks bigint, total_steps bigint, pending_steps bigint, in_progress_steps bigint, complete_steps bigint,
    error_steps bigint, retryable_error_steps bigint, exhausted_retry_steps bigint, in_backoff_steps bigint,
    active_connections bigint, max_connections bigint
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT tasks.*, steps.*, connections.*
    FROM (
        SELECT
            count(*),
            count(*) FILTER (WHERE own.to_state = 'pending'),
            count(*) FILTER (WHERE own.to_state = 'in_progress'),
            count(*) FILTER (WHERE own.to_state = 'complete'),
            count(*) FILTER (WHERE own.to_state = 'error'),
            count(*) FILTER (WHERE own.to_state = 'cancelled')
        FROM tasker_tasks AS task
        LEFT JOIN tasker_task_transitions AS own ON own.task_id = task.task_id AND own.most_recent
    ) AS tasks
    CROSS JOIN (
        SELECT
            count(*),
            count(*) FILTER (WHERE own.to_state = 'pending'),
            count(*) FILTER (WHERE own.to_state = 'in_progress'),
            count(*) FILTER (WHERE own.to_state = 'complete'),
            count(*) FILTER (WHERE own.to_state = 'error'),
            count(*) FILTER (WHERE own.to_state = 'error' AND step.attempts < step.retry_limit AND step.retryable),
            count(*) FILTER (WHERE own.to_state = 'error' AND step.attempts >= step.retry_limit),
            count(*) FILTER (WHERE own.to_state = 'error' AND step.attempts < step.retry_limit AND step.retryable
                AND step.last_attempted_at IS NOT NULL)
        FROM tasker_workflow_steps AS step
        LEFT JOIN tasker_workflow_step_transitions AS own
            ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
    ) AS steps
    CROSS JOIN (
        SELECT count(*), current_setting('max_connections')::bigint
        FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active'
    ) AS connections;
END;
$$;
