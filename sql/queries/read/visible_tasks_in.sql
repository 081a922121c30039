-- The tasks in these ranges of ids that row-level security shows to the caller.
SELECT task.task_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS asked (first_id, last_id)
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.>=) asked.first_id
    AND task.task_id OPERATOR(pg_catalog.<=) asked.last_id
