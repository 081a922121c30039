-- The baseline of the benches: signature, joins and clock of the Rails function, so that its cost is the
-- cost that a Rails installation pays.
CREATE OR REPLACE FUNCTION oracle.get_step_readiness_status_batch(input_task_ids bigint[])
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    name text,
    current_state text,
    dependencies_satisfied boolean,
    retry_eligible boolean,
    ready_for_execution boolean,
    last_failure_at timestamp,
    next_retry_at timestamp,
    total_parents integer,
    completed_parents integer,
    attempts integer,
    retry_limit integer,
    backoff_request_seconds integer,
    last_attempted_at timestamp
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        step.workflow_step_id,
        step.task_id,
        step.named_step_id,
        named_step.name::text,
        COALESCE(own.to_state, 'pending')::text,
        count(edge.from_step_id)
            = count(*) FILTER (WHERE parent.to_state IN ('complete', 'resolved_manually')),
        COALESCE(step.attempts, 0) < COALESCE(step.retry_limit, 3),
        COALESCE(own.to_state, 'pending') IN ('pending', 'error')
            AND NOT step.processed
            AND NOT step.in_process
            AND step.retryable
            AND COALESCE(step.attempts, 0) < COALESCE(step.retry_limit, 3)
            AND count(edge.from_step_id)
                = count(*) FILTER (WHERE parent.to_state IN ('complete', 'resolved_manually'))
            AND COALESCE(
                step.last_attempted_at + step.backoff_request_seconds * interval '1 second'
                    <= NOW() AT TIME ZONE 'UTC',
                true
            )
            AND COALESCE(
                failure.created_at + oracle.failure_delay(step.attempts) <= NOW() AT TIME ZONE 'UTC',
                true
            ),
        failure.created_at::timestamp,
        COALESCE(
            step.last_attempted_at + step.backoff_request_seconds * interval '1 second',
            failure.created_at + oracle.failure_delay(step.attempts)
        ),
        count(edge.from_step_id)::integer,
        (count(*) FILTER (WHERE parent.to_state IN ('complete', 'resolved_manually')))::integer,
        COALESCE(step.attempts, 0),
        COALESCE(step.retry_limit, 3),
        step.backoff_request_seconds,
        step.last_attempted_at
    FROM tasker_workflow_steps AS step
    JOIN tasker_named_steps AS named_step ON named_step.named_step_id = step.named_step_id
    LEFT JOIN tasker_workflow_step_transitions AS own
        ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
    LEFT JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = step.workflow_step_id
    LEFT JOIN tasker_workflow_step_transitions AS parent
        ON parent.workflow_step_id = edge.from_step_id AND parent.most_recent
    LEFT JOIN tasker_workflow_step_transitions AS failure
        ON failure.workflow_step_id = step.workflow_step_id
            AND failure.most_recent
            AND failure.to_state = 'error'
    WHERE step.task_id = ANY (input_task_ids)
    GROUP BY step.workflow_step_id, named_step.name, own.to_state, failure.created_at;
END
$$;
COMMENT ON FUNCTION oracle.get_step_readiness_status_batch(bigint[]) IS
    'readiness of several tasks by version 02, shaped and priced like the Rails function';
