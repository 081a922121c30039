-- What tasks are called, and in which namespace.
SELECT task.task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE task.task_id OPERATOR(pg_catalog.=) ANY ($1)
