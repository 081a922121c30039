-- A template as it is stored.
SELECT named_task.configuration
FROM @installation@.tasker_named_tasks AS named_task
WHERE named_task.named_task_id OPERATOR(pg_catalog.=) $1
