-- The tasks that belong to a task.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE parent_task_id OPERATOR(pg_catalog.=) $1
