-- The columns of a step whose execution has failed (semantics 2.7). Without a wait requested this time, none is left
-- over from an earlier failure. What the step has left behind before stays, unless both together are more than a jsonb value
-- can hold (256 MB): the failure must be stored. An object joined with an empty one is as large as it is when it is read.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE
        WHEN pg_catalog.jsonb_typeof(results) OPERATOR(pg_catalog.<>) 'object' OR results IS NULL THEN $2::pg_catalog.jsonb
        WHEN pg_catalog.pg_column_size(results OPERATOR(pg_catalog.||) '{}'::pg_catalog.jsonb)
            OPERATOR(pg_catalog.+) pg_catalog.pg_column_size($2::pg_catalog.jsonb) OPERATOR(pg_catalog.<) 250000000
            THEN results OPERATOR(pg_catalog.||) $2::pg_catalog.jsonb
        ELSE $2::pg_catalog.jsonb OPERATOR(pg_catalog.||) '{"earlier_results": "too large to be kept"}'::pg_catalog.jsonb
    END,
    attempts = $3,
    last_attempted_at = $4,
    backoff_request_seconds = $5,
    retryable = retryable AND $6,
    processed = false,
    in_process = false,
    updated_at = $4
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
