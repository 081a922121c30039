-- The same of the executions after $2, beside those from $1 until then; the greatest change first. $3, $4, $5: as $2, $3, $4
-- of step_durations.sql.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version, named_step.name AS step_name,
    taken.executions, taken.percentiles[1], taken.percentiles[2],
    taken.earlier_executions, taken.earlier_percentiles[1], taken.earlier_percentiles[2],
    100 OPERATOR(pg_catalog.*) (taken.percentiles[1] OPERATOR(pg_catalog./) NULLIF(taken.earlier_percentiles[1], 0) OPERATOR(pg_catalog.-) 1)
        AS change_percent
FROM (
    SELECT
        execution.named_task_id, execution.named_step_id,
        pg_catalog.count(*) FILTER (WHERE execution.state_since OPERATOR(pg_catalog.>) $2) AS executions,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY execution.seconds)
            FILTER (WHERE execution.state_since OPERATOR(pg_catalog.>) $2) AS percentiles,
        pg_catalog.count(*) FILTER (WHERE execution.state_since OPERATOR(pg_catalog.<=) $2) AS earlier_executions,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY execution.seconds)
            FILTER (WHERE execution.state_since OPERATOR(pg_catalog.<=) $2) AS earlier_percentiles
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
WHERE ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $5)
ORDER BY change_percent DESC NULLS LAST, namespace.name, named_task.name, named_task.version, named_step.name
