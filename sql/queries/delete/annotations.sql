-- What is noted about a task.
DELETE FROM @installation@.tasker_task_annotations
WHERE task_id OPERATOR(pg_catalog.=) $1
