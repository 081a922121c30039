-- Locks a task.
SELECT task_id
FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE
