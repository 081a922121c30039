-- Steps that could run by what stands in their own rows, and that the queues say nothing of.
-- Whether they will run is for the rule to say.
SELECT
    step.workflow_step_id, step.task_id, step.created_at, step.state_since, step.last_attempted_at, step.named_step_id,
    step.attempts, step.retry_limit, step.backoff_request_seconds, step.retryable, step.in_process, step.processed,
    step.skippable, step.state, step.parent_step_ids, step.backoff_seconds, step.has_rule
FROM @installation@.tasker_core_steps AS step
JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE task.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
  AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'error'])
  AND NOT step.in_process
  AND NOT step.processed
  AND @unqueued@
