-- How long the tasks took that were completed or resolved after $1, from their creation, by their names. $2, $3, $4: of
-- which namespace, name and version, NULL for any.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version,
    taken.tasks, taken.average, taken.percentiles[1], taken.percentiles[2], taken.percentiles[3], taken.longest
FROM (
    SELECT
        ended.named_task_id,
        pg_catalog.count(*) AS tasks,
        pg_catalog.avg(ended.seconds) AS average,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY ended.seconds) AS percentiles,
        pg_catalog.max(ended.seconds) AS longest
    FROM (
        SELECT
            task.named_task_id,
            pg_catalog.date_part('epoch', task.state_since OPERATOR(pg_catalog.-) task.created_at) AS seconds
        FROM @tasks@ AS task
        WHERE task.state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
          AND task.state_since OPERATOR(pg_catalog.>) $1
          AND pg_catalog.isfinite(task.state_since)
          AND pg_catalog.isfinite(task.created_at)
    ) AS ended
    GROUP BY ended.named_task_id
) AS taken
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) taken.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($2 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $2)
  AND ($3 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $4)
ORDER BY namespace.name, named_task.name, named_task.version
