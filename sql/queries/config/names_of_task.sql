-- By which names a task may be configured.
SELECT namespace.name, named_task.name
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE task.task_id OPERATOR(pg_catalog.=) $1
