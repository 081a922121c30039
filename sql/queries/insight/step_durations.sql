-- How long the executions took that completed steps after $1, by the names of step and task. $2, $3, $4: of which
-- namespace, name and version of task, NULL for any.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version, named_step.name AS step_name,
    taken.executions, taken.average, taken.percentiles[1], taken.percentiles[2], taken.percentiles[3], taken.longest
FROM (
    SELECT
        execution.named_task_id, execution.named_step_id,
        pg_catalog.count(*) AS executions,
        pg_catalog.avg(execution.seconds) AS average,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY execution.seconds) AS percentiles,
        pg_catalog.max(execution.seconds) AS longest
    FROM (
@executions@
    ) AS execution
    GROUP BY execution.named_task_id, execution.named_step_id
) AS taken
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) taken.named_step_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) taken.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($2 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $2)
  AND ($3 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $4)
ORDER BY namespace.name, named_task.name, named_task.version, named_step.name
