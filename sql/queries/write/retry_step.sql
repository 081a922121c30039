-- The columns of a step that is to be executed again without further waiting.
UPDATE @installation@.tasker_workflow_steps
SET backoff_request_seconds = NULL,
    in_process = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
