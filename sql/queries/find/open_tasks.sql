-- The next tasks that are open and were created by $2, in the order of their ids. Found by when they were created: the sum keeps
-- the planner from going through all tasks in the order of the result.
SELECT old.task_id
FROM (
    SELECT task.task_id
    FROM @installation@.tasker_core_tasks AS task
    WHERE task.created_at OPERATOR(pg_catalog.<=) $2
      AND task.task_id OPERATOR(pg_catalog.+) 0::pg_catalog.int8 OPERATOR(pg_catalog.>) $1
      AND task.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])
    OFFSET 0
) AS old
ORDER BY old.task_id
LIMIT $3
