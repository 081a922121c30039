-- Named tasks of this namespace, name and version; NULL for any.
SELECT named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($1 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $2)
  AND ($3 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $3)
