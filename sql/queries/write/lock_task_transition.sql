-- Locks the current transition of a task whose row is locked.
SELECT task_id
FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND most_recent
FOR NO KEY UPDATE
