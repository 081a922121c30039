-- The columns of a step that begins afresh. $2: a failure has made it not retryable, which is taken back.
UPDATE @installation@.tasker_workflow_steps
SET attempts = 0,
    backoff_request_seconds = NULL,
    retryable = retryable OR $2,
    in_process = false,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
