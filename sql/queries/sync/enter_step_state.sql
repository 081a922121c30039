-- Follows a transition that has become the current one; the unique index on current transitions makes it the only one.
UPDATE @installation@.tasker_core_steps
SET state = $2,
    state_since = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
RETURNING
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
    retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids
