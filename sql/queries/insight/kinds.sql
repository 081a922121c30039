-- How many namespaces, names within a namespace, names of namespaces and names tasks have: as we count, and as the engine
-- does.
SELECT
    pg_catalog.count(DISTINCT named_task.task_namespace_id) AS namespaces,
    pg_catalog.count(DISTINCT (named_task.task_namespace_id, named_task.name)) AS task_types,
    pg_catalog.count(DISTINCT namespace.name) AS namespaces_v02,
    pg_catalog.count(DISTINCT named_task.name) FILTER (WHERE namespace.name IS NOT NULL) AS task_types_v02
FROM @installation@.tasker_named_tasks AS named_task
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE EXISTS (
    SELECT
    FROM @installation@.tasker_tasks AS task
    WHERE task.named_task_id OPERATOR(pg_catalog.=) named_task.named_task_id
    -- Such a subquery is not made a join, which would go through all tasks to find a few names.
    OFFSET 0
)
