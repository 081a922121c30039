-- The baseline of the benches: signature, joins and clock of the Rails function, so that its cost is the
-- cost that a Rails installation pays.
CREATE OR REPLACE FUNCTION oracle.get_task_execution_contexts_batch(input_task_ids bigint[])
RETURNS TABLE (
    task_id bigint,
    named_task_id integer,
    status text,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    completed_steps bigint,
    failed_steps bigint,
    ready_steps bigint,
    execution_status text,
    recommended_action text,
    completion_percentage numeric,
    health_status text
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            step.task_id,
            count(*) AS total,
            count(*) FILTER (WHERE step.current_state = 'pending') AS pending,
            count(*) FILTER (WHERE step.current_state = 'in_progress') AS in_progress,
            count(*) FILTER (WHERE step.current_state IN ('complete', 'resolved_manually')) AS completed,
            count(*) FILTER (WHERE step.current_state = 'error') AS failed,
            count(*) FILTER (WHERE step.ready_for_execution) AS ready,
            count(*) FILTER (WHERE step.current_state = 'error' AND step.attempts >= step.retry_limit) AS blocked
        FROM oracle.get_step_readiness_status_batch(input_task_ids) AS step
        GROUP BY step.task_id
    ),
    task AS (
        SELECT found.task_id, found.named_task_id, COALESCE(own.to_state, 'pending')::text AS status
        FROM unnest(input_task_ids) AS mention (id)
        JOIN tasker_tasks AS found ON found.task_id = mention.id
        LEFT JOIN tasker_task_transitions AS own ON own.task_id = found.task_id AND own.most_recent
    )
    SELECT
        task.task_id,
        task.named_task_id,
        task.status,
        COALESCE(counted.total, 0),
        COALESCE(counted.pending, 0),
        COALESCE(counted.in_progress, 0),
        COALESCE(counted.completed, 0),
        COALESCE(counted.failed, 0),
        COALESCE(counted.ready, 0),
        CASE
            WHEN counted.ready > 0 THEN 'has_ready_steps'
            WHEN counted.in_progress > 0 THEN 'processing'
            WHEN counted.blocked > 0 THEN 'blocked_by_failures'
            WHEN counted.completed = counted.total AND counted.total > 0 THEN 'all_complete'
            ELSE 'waiting_for_dependencies'
        END,
        CASE
            WHEN counted.ready > 0 THEN 'execute_ready_steps'
            WHEN counted.in_progress > 0 THEN 'wait_for_completion'
            WHEN counted.blocked > 0 THEN 'handle_failures'
            WHEN counted.completed = counted.total AND counted.total > 0 THEN 'finalize_task'
            ELSE 'wait_for_dependencies'
        END,
        CASE
            WHEN counted.total > 0 THEN round(counted.completed::numeric / counted.total * 100, 2)
            ELSE 0.0
        END,
        CASE
            WHEN COALESCE(counted.failed, 0) = 0 THEN 'healthy'
            WHEN counted.ready > 0 OR counted.blocked = 0 THEN 'recovering'
            ELSE 'blocked'
        END
    FROM task
    LEFT JOIN counted ON counted.task_id = task.task_id
    ORDER BY task.task_id;
END
$$;
COMMENT ON FUNCTION oracle.get_task_execution_contexts_batch(bigint[]) IS
    'contexts of several tasks by version 02, shaped and priced like the Rails function';
