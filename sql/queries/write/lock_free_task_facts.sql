-- Locks those of these tasks' side rows that nobody else has locked. With a snapshot from before the task was moved this
-- is 40001, where the next transition would be a unique violation.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED
