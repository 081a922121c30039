-- What else is to be said of tasks, and the place of each among them, from 1.
SELECT
    slow.place, task.task_id, named_task.name AS task_name, namespace.name AS namespace_name, named_task.version,
    task.created_at, task.initiator, task.source_system
FROM pg_catalog.unnest($1) WITH ORDINALITY AS slow (task_id, place)
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) slow.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
ORDER BY slow.place
