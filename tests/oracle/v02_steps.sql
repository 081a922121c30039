-- One row per step, as version 02 of the Rails functions reports it, at a given naive UTC time.
CREATE OR REPLACE FUNCTION oracle.v02_steps(task_ids bigint[], step_ids bigint[], at timestamp)
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
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH fact AS (
        SELECT
            step.workflow_step_id,
            step.task_id,
            step.named_step_id,
            named_step.name::text AS name,
            COALESCE(own.to_state, 'pending')::text AS current_state,
            step.processed,
            step.in_process,
            step.retryable,
            CASE WHEN own.to_state = 'error' THEN own.created_at END AS last_failure_at,
            step.last_attempted_at + step.backoff_request_seconds * interval '1 second' AS explicit_expiry,
            CASE WHEN own.to_state = 'error' THEN own.created_at + oracle.failure_delay(step.attempts) END
                AS failure_expiry,
            COALESCE(step.attempts, 0) AS attempts,
            COALESCE(step.retry_limit, 3) AS retry_limit,
            step.backoff_request_seconds,
            step.last_attempted_at
        FROM tasker_workflow_steps AS step
        JOIN tasker_named_steps AS named_step ON named_step.named_step_id = step.named_step_id
        LEFT JOIN tasker_workflow_step_transitions AS own
            ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
        WHERE step.task_id = ANY (task_ids)
            AND (step_ids IS NULL OR step.workflow_step_id = ANY (step_ids))
    ),
    family AS (
        SELECT
            fact.workflow_step_id,
            count(edge.id)::integer AS total,
            (count(*) FILTER (WHERE parent.to_state IN ('complete', 'resolved_manually')))::integer AS satisfied
        FROM fact
        LEFT JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = fact.workflow_step_id
        LEFT JOIN tasker_workflow_step_transitions AS parent
            ON parent.workflow_step_id = edge.from_step_id AND parent.most_recent
        GROUP BY fact.workflow_step_id
    )
    SELECT
        fact.workflow_step_id,
        fact.task_id,
        fact.named_step_id,
        fact.name,
        fact.current_state,
        family.satisfied = family.total,
        fact.attempts < fact.retry_limit,
        fact.current_state IN ('pending', 'error')
            AND NOT fact.processed
            AND NOT fact.in_process
            AND fact.retryable
            AND family.satisfied = family.total
            AND fact.attempts < fact.retry_limit
            AND COALESCE(fact.explicit_expiry <= at, true)
            AND COALESCE(fact.failure_expiry <= at, true),
        fact.last_failure_at,
        COALESCE(fact.explicit_expiry, fact.failure_expiry),
        family.total,
        family.satisfied,
        fact.attempts,
        fact.retry_limit,
        fact.backoff_request_seconds,
        fact.last_attempted_at
    FROM fact
    JOIN family ON family.workflow_step_id = fact.workflow_step_id
    ORDER BY fact.task_id, fact.workflow_step_id;
END
$$;
COMMENT ON FUNCTION oracle.v02_steps(bigint[], bigint[], timestamp) IS
    'readiness rows by the rules of version 02 at a given time';
