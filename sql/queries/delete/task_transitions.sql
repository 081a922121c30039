-- The history of a task.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1
