-- Locks those of these tasks that nobody else has locked.
SELECT task_id
FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED
