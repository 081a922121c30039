-- The columns of steps that have done their work (semantics 2.7); results that are NULL leave what is stored. A requested
-- wait ends with the execution that it was requested for.
UPDATE @installation@.tasker_workflow_steps AS step
SET results = COALESCE(ended.results, step.results),
    attempts = ended.attempts,
    last_attempted_at = $4,
    backoff_request_seconds = NULL,
    processed = true,
    in_process = false,
    processed_at = $4,
    updated_at = $4
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    AS ended (workflow_step_id, results, attempts)
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ended.workflow_step_id
