-- What is to be said of completed steps, in their order.
SELECT
    step.workflow_step_id, step.task_id, named_step.name AS step_name, named_task.name AS task_name,
    namespace.name AS namespace_name, named_task.version,
    pg_catalog.round(EXTRACT(EPOCH FROM step.state_since OPERATOR(pg_catalog.-) step.created_at), 3) AS duration_seconds,
    step.attempts, step.created_at, step.state_since AS completed_at, step.retryable, step.state::pg_catalog.text AS step_status
FROM pg_catalog.unnest($1) WITH ORDINALITY AS slow (workflow_step_id, place)
JOIN @steps@ AS step ON step.workflow_step_id OPERATOR(pg_catalog.=) slow.workflow_step_id
JOIN @tasks@ AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE pg_catalog.isfinite(step.state_since)
  AND pg_catalog.isfinite(step.created_at)
ORDER BY slow.place
