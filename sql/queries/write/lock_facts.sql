-- Locks the side rows of steps whose rows and current transitions are locked.
SELECT
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
    retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids,
    backoff_seconds, has_rule
FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE
