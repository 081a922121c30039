-- Follows a change of a step's own row. State and parents are other writers' columns and stay.
UPDATE @installation@.tasker_core_steps AS side
SET task_id = step.task_id,
    created_at = step.created_at,
    last_attempted_at = step.last_attempted_at,
    named_step_id = step.named_step_id,
    attempts = step.attempts,
    retry_limit = step.retry_limit,
    backoff_request_seconds = step.backoff_request_seconds,
    retryable = step.retryable,
    in_process = step.in_process,
    processed = step.processed,
    skippable = step.skippable
FROM @installation@.tasker_workflow_steps AS step
WHERE side.workflow_step_id OPERATOR(pg_catalog.=) $1
  AND step.workflow_step_id OPERATOR(pg_catalog.=) $1
RETURNING side.state, side.in_process OR side.processed AS is_held
