-- How many tasks and steps there are, and how many of them have work left, as the engine counts them.
SELECT tasks.active, tasks.total, steps.active, steps.total
FROM (
    SELECT pg_catalog.count(*) FILTER (
               WHERE state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])
           ) AS active,
           pg_catalog.count(*) AS total
    FROM @installation@.tasker_core_tasks
) AS tasks
CROSS JOIN (
    SELECT pg_catalog.count(*) FILTER (
               WHERE state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])
           ) AS active,
           pg_catalog.count(*) AS total
    FROM @installation@.tasker_core_steps
) AS steps
