-- The failed steps to which a timer leads that is still to come, as to all that wait: the core knows which of them do.
SELECT
    workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts, retry_limit,
    backoff_request_seconds, retryable, in_process, processed, skippable, state, parent_step_ids, backoff_seconds,
    has_rule
FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT timer.subject_id
    FROM @installation@.tasker_core_timers AS timer
    WHERE timer.due_at OPERATOR(pg_catalog.>) $1
      AND timer.kind OPERATOR(pg_catalog.=) 'step'
))
  AND state OPERATOR(pg_catalog.=) 'error'
