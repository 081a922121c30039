-- Follows a transition that has become the current one; the unique index on current transitions makes it the only one.
UPDATE @installation@.tasker_core_steps
SET state = transition.to_state,
    state_since = $3,
    backoff_seconds = @named_wait@
FROM (SELECT $2 AS to_state, $4 AS metadata) AS transition
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
RETURNING
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
    retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids,
    backoff_seconds, has_rule
