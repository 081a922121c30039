-- Makes every side row say what the Rails tables say, writing only what differs. Run with a pinned search_path.
WITH written AS (
    INSERT INTO @installation@.tasker_core_steps AS side (
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
    retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids,
    backoff_seconds, has_rule
    )
    @step_facts@
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
    WHERE side.task_id IS DISTINCT FROM EXCLUDED.task_id
       OR side.created_at IS DISTINCT FROM EXCLUDED.created_at
       OR side.state_since IS DISTINCT FROM EXCLUDED.state_since
       OR side.last_attempted_at IS DISTINCT FROM EXCLUDED.last_attempted_at
       OR side.named_step_id IS DISTINCT FROM EXCLUDED.named_step_id
       OR side.attempts IS DISTINCT FROM EXCLUDED.attempts
       OR side.retry_limit IS DISTINCT FROM EXCLUDED.retry_limit
       OR side.backoff_request_seconds IS DISTINCT FROM EXCLUDED.backoff_request_seconds
       OR side.retryable IS DISTINCT FROM EXCLUDED.retryable
       OR side.in_process IS DISTINCT FROM EXCLUDED.in_process
       OR side.processed IS DISTINCT FROM EXCLUDED.processed
       OR side.skippable IS DISTINCT FROM EXCLUDED.skippable
       OR side.state IS DISTINCT FROM EXCLUDED.state
       OR side.parent_step_ids IS DISTINCT FROM EXCLUDED.parent_step_ids
       OR side.backoff_seconds IS DISTINCT FROM EXCLUDED.backoff_seconds
       OR side.has_rule IS DISTINCT FROM EXCLUDED.has_rule
    RETURNING side.xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated
FROM written
