-- Carries steps that we have moved ourselves over to their side rows: the columns of theirs, and the state that they have
-- entered. -1: the wait after a failure is not named.
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
    skippable = step.skippable,
    state = $2,
    state_since = $3,
    backoff_seconds = NULLIF(moved.backoff_seconds, -1)
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($4)) AS moved (workflow_step_id, backoff_seconds)
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) moved.workflow_step_id
WHERE side.workflow_step_id OPERATOR(pg_catalog.=) moved.workflow_step_id
RETURNING
    side.workflow_step_id, side.task_id, side.created_at, side.state_since, side.last_attempted_at, side.named_step_id,
    side.attempts, side.retry_limit, side.backoff_request_seconds, side.retryable, side.in_process, side.processed,
    side.skippable, side.state, side.parent_step_ids, side.backoff_seconds,
    side.has_rule
