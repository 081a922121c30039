-- The ids of the tasks of these names in a namespace.
SELECT named_task.name::pg_catalog.text, named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE namespace.name OPERATOR(pg_catalog.=) $2
  AND named_task.name OPERATOR(pg_catalog.=) ANY ($1)
  AND named_task.version OPERATOR(pg_catalog.=) '0.1.0'
