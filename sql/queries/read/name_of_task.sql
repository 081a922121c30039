-- What a task is called.
SELECT named_task.name::pg_catalog.text
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
WHERE task.task_id OPERATOR(pg_catalog.=) $1
