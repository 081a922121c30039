-- The tasks created after $1 that took longest, from their creation until the last of their steps completed or failed.
-- $2: how many of them; $3, $4, $5: of which namespace, name and version, NULL for any.
SELECT
    task.task_id, named_task.name AS task_name, namespace.name AS namespace_name, named_task.version,
    pg_catalog.round(EXTRACT(EPOCH FROM slow.ended_at OPERATOR(pg_catalog.-) task.created_at), 3) AS duration_seconds,
    slow.steps, slow.completed, slow.failed, task.created_at, slow.ended_at, task.initiator, task.source_system
FROM (
    SELECT
        task.task_id,
        pg_catalog.max(step.state_since) FILTER (
            WHERE step.state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'error'])
        ) AS ended_at,
        pg_catalog.count(*) AS steps,
        pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'complete') AS completed,
        pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error') AS failed
    FROM @installation@.tasker_tasks AS task
    JOIN @steps@ AS step ON step.task_id OPERATOR(pg_catalog.=) task.task_id
    WHERE task.created_at OPERATOR(pg_catalog.>) $1
    GROUP BY task.task_id
) AS slow
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) slow.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE slow.ended_at IS NOT NULL
  AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $5)
ORDER BY slow.ended_at OPERATOR(pg_catalog.-) task.created_at DESC, task.task_id
LIMIT $2
