-- How urgent a task is.
UPDATE @installation@.tasker_core_tasks
SET priority = $2
WHERE task_id OPERATOR(pg_catalog.=) $1
