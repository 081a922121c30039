-- Writes the side rows of these steps afresh; steps that do not exist are passed over.
INSERT INTO @installation@.tasker_core_steps (
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
    retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids,
    backoff_seconds, has_rule
)
@step_facts@
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
ON CONFLICT (workflow_step_id) DO UPDATE SET
    task_id = EXCLUDED.task_id,
    created_at = EXCLUDED.created_at,
    state_since = EXCLUDED.state_since,
    last_attempted_at = EXCLUDED.last_attempted_at,
    named_step_id = EXCLUDED.named_step_id,
    attempts = EXCLUDED.attempts,
    retry_limit = EXCLUDED.retry_limit,
    backoff_request_seconds = EXCLUDED.backoff_request_seconds,
    retryable = EXCLUDED.retryable,
    in_process = EXCLUDED.in_process,
    processed = EXCLUDED.processed,
    skippable = EXCLUDED.skippable,
    state = EXCLUDED.state,
    parent_step_ids = EXCLUDED.parent_step_ids,
    backoff_seconds = EXCLUDED.backoff_seconds,
    has_rule = EXCLUDED.has_rule
