-- Who has paused a task, and why.
SELECT paused_at, paused_by, pause_reason
FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND paused_at IS NOT NULL
