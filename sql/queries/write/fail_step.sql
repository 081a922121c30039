-- The columns of a step whose execution has failed (semantics 2.7). Without a wait requested this time, none is left
-- over from an earlier failure.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE WHEN pg_catalog.jsonb_typeof(results) OPERATOR(pg_catalog.=) 'object' THEN results ELSE '{}' END
        OPERATOR(pg_catalog.||) $2::pg_catalog.jsonb,
    attempts = $3,
    last_attempted_at = $4,
    backoff_request_seconds = $5,
    retryable = retryable AND $6,
    processed = false,
    in_process = false,
    updated_at = $4
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
