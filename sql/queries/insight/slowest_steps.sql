-- The completed steps created after $1 that took longest, from their creation until they were complete; arguments as of
-- slowest_tasks.sql. What the names of the others would be is not looked up.
SELECT
    slow.workflow_step_id, slow.task_id, named_step.name AS step_name, named_task.name AS task_name,
    namespace.name AS namespace_name, named_task.version,
    pg_catalog.round(EXTRACT(EPOCH FROM slow.state_since OPERATOR(pg_catalog.-) slow.created_at), 3) AS duration_seconds,
    slow.attempts, slow.created_at, slow.state_since AS completed_at, slow.retryable, 'complete' AS step_status
FROM (
    SELECT
        step.workflow_step_id, step.task_id, step.named_step_id, step.attempts, step.created_at, step.state_since,
        step.retryable, task.named_task_id
    FROM @steps@ AS step
    JOIN @tasks@ AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
    WHERE step.created_at OPERATOR(pg_catalog.>) $1
      AND step.state OPERATOR(pg_catalog.=) 'complete'
      AND step.state_since OPERATOR(pg_catalog.>) step.created_at
      AND task.named_task_id OPERATOR(pg_catalog.=) ANY (ARRAY(
          SELECT wanted.named_task_id
          FROM @installation@.tasker_named_tasks AS wanted
          JOIN @installation@.tasker_task_namespaces AS namespace
              ON namespace.task_namespace_id OPERATOR(pg_catalog.=) wanted.task_namespace_id
          WHERE ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
            AND ($4 IS NULL OR wanted.name OPERATOR(pg_catalog.=) $4)
            AND ($5 IS NULL OR wanted.version OPERATOR(pg_catalog.=) $5)
      ))
    ORDER BY step.state_since OPERATOR(pg_catalog.-) step.created_at DESC, step.workflow_step_id
    LIMIT $2
) AS slow
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) slow.named_step_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) slow.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
ORDER BY slow.state_since OPERATOR(pg_catalog.-) slow.created_at DESC, slow.workflow_step_id
