-- Locks the side row of a task whose row and current transition are locked.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE
