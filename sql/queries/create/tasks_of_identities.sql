-- The tasks with these identities.
SELECT task.identity_hash::pg_catalog.text, task.task_id, task.named_task_id
FROM @installation@.tasker_tasks AS task
WHERE task.identity_hash OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.varchar[])
