-- The task has never been anything but pending.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1
