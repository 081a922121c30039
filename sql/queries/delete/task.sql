-- A task of which nothing else is left.
DELETE FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
