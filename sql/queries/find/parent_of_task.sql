-- The task that a task belongs to, none if it belongs to none.
SELECT parent_task_id
FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND parent_task_id IS NOT NULL
