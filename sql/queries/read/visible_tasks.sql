-- The tasks out of these that row-level security shows to the caller.
SELECT task.task_id
FROM @installation@.tasker_tasks AS task
WHERE task.task_id OPERATOR(pg_catalog.=) ANY ($1)
