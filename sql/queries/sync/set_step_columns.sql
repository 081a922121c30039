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
RETURNING
    side.workflow_step_id, side.task_id, side.created_at, side.state_since, side.last_attempted_at, side.named_step_id,
    side.attempts, side.retry_limit, side.backoff_request_seconds, side.retryable, side.in_process, side.processed,
    side.skippable, side.state, side.parent_step_ids, side.backoff_seconds,
    side.has_rule
