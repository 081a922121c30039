DELETE FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
