-- The steps in error that will be tried again: for each the core knows until when it waits.
SELECT
    step.workflow_step_id, step.task_id, step.created_at, step.state_since, step.last_attempted_at, step.named_step_id,
    step.attempts, step.retry_limit, step.backoff_request_seconds, step.retryable, step.in_process, step.processed,
    step.skippable, step.state::pg_catalog.text AS state, step.parent_step_ids, step.backoff_seconds,
    step.has_rule
FROM @steps@ AS step
WHERE step.state OPERATOR(pg_catalog.=) 'error'
  AND step.retryable
  AND COALESCE(step.attempts, 0) OPERATOR(pg_catalog.<) GREATEST(COALESCE(step.retry_limit, 3), 1)
