-- The side rows of the tasks of put_tasks.sql, where nobody else has had a say: from what is known, without reading it
-- again.
INSERT INTO @installation@.tasker_core_tasks (task_id, named_task_id, state, created_at)
SELECT made.task_id, made.named_task_id, 'pending', $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS made (task_id, named_task_id)
