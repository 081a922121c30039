CREATE OR REPLACE FUNCTION oracle.step_readiness(task_ids bigint[], step_ids bigint[], at timestamp, semantics text)
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
    last_attempted_at timestamp,
    blocking_reason text,
    next_eligible_at timestamp
)
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    IF semantics = 'v02' THEN
        RETURN QUERY
        SELECT step.*, NULL::text, NULL::timestamp
        FROM oracle.v02_steps(task_ids, step_ids, at) AS step;
    ELSIF semantics = 'corrected' THEN
        RETURN QUERY
        SELECT
            step.workflow_step_id,
            step.task_id,
            step.named_step_id,
            step.name,
            step.current_state,
            step.dependencies_satisfied,
            step.retry_eligible,
            step.ready_for_execution,
            step.last_failure_at,
            step.next_retry_at,
            step.total_parents,
            step.completed_parents,
            step.attempts,
            step.retry_limit,
            step.backoff_request_seconds,
            step.last_attempted_at,
            step.blocking_reason,
            step.next_retry_at
        FROM oracle.corrected_steps(task_ids, step_ids, at) AS step;
    ELSE
        RAISE EXCEPTION 'unknown semantics "%"', semantics;
    END IF;
END
$$;
COMMENT ON FUNCTION oracle.step_readiness(bigint[], bigint[], timestamp, text) IS
    'readiness rows under the semantics v02 or corrected; the two last columns are NULL under v02';
