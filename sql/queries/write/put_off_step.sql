-- A step that is given back, and is not to run before so many seconds ($2) have passed: columns that the engine looks at as well.
UPDATE @installation@.tasker_workflow_steps
SET in_process = false,
    last_attempted_at = $3,
    backoff_request_seconds = $2,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
