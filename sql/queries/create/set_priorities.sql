-- How urgent new tasks are, before they have steps whose hints would have to move.
UPDATE @installation@.tasker_core_tasks AS task
SET priority = asked.priority
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS asked (task_id, priority)
WHERE task.task_id OPERATOR(pg_catalog.=) asked.task_id
