-- Which tasks new ones belong to.
UPDATE @installation@.tasker_core_tasks AS task
SET parent_task_id = asked.parent_task_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS asked (task_id, parent_task_id)
WHERE task.task_id OPERATOR(pg_catalog.=) asked.task_id
