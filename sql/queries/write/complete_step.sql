-- The columns of a step that has done its work (semantics 2.7). A requested wait ends with the execution that it
-- was requested for.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE WHEN $2 THEN $3 ELSE results END,
    attempts = $4,
    last_attempted_at = $5,
    backoff_request_seconds = NULL,
    processed = true,
    in_process = false,
    processed_at = $5,
    updated_at = $5
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
