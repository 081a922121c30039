CREATE OR REPLACE FUNCTION oracle.ready_steps(task_ids bigint[], at timestamp)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    name text,
    current_state text,
    attempts integer,
    retry_limit integer,
    priority integer,
    eligible_since timestamp
)
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT
        step.workflow_step_id,
        step.task_id,
        step.named_step_id,
        step.name,
        step.current_state,
        step.attempts,
        step.retry_limit,
        0,
        step.eligible_since
    FROM oracle.corrected_steps(task_ids, NULL, at) AS step
    WHERE step.ready_for_execution;
END
$$;
COMMENT ON FUNCTION oracle.ready_steps(bigint[], timestamp) IS
    'the steps that may run at a given time, by the corrected rules';
