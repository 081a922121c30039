-- For how many tasks, one for the other, a task was created by steps; no more are counted than may be.
WITH RECURSIVE above (task_id, depth) AS (
    SELECT $1, 0
    UNION ALL
    SELECT rule.task_id, above.depth OPERATOR(pg_catalog.+) 1
    FROM above
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.waited_task_id OPERATOR(pg_catalog.=) above.task_id
    WHERE rule.creates_task
      AND above.depth OPERATOR(pg_catalog.<) 1000
)
SELECT COALESCE(pg_catalog.max(depth), 0)
FROM above
