-- As the engine counts (R15): by the steps' transitions alone. $1: since when the tasks of the period were created; $2:
-- since when those were that its score is made of.
SELECT
    (
        SELECT pg_catalog.count(DISTINCT step.task_id)
        FROM @steps@ AS step
        WHERE step.state_since IS NOT NULL
          AND step.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'error', 'resolved_manually'])
    ) AS active_tasks,
    present.namespaces,
    present.task_types,
    score.completed AS score_completed,
    score.failed AS score_failed,
    period.tasks,
    period.completed,
    period.failed,
    pg_catalog.round(COALESCE(period.task_seconds, 0), 3) AS task_seconds,
    pg_catalog.round(COALESCE(period.step_seconds, 0), 3) AS step_seconds,
    COALESCE(period.steps, 0) AS steps
FROM (
    SELECT
        pg_catalog.count(DISTINCT namespace.name) AS namespaces,
        pg_catalog.count(DISTINCT named_task.name) AS task_types
    FROM (SELECT DISTINCT task.named_task_id FROM @tasks@ AS task) AS named
    JOIN @installation@.tasker_named_tasks AS named_task
        ON named_task.named_task_id OPERATOR(pg_catalog.=) named.named_task_id
    JOIN @installation@.tasker_task_namespaces AS namespace
        ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
) AS present
CROSS JOIN (
    SELECT
        pg_catalog.count(*) FILTER (WHERE of_task.completed OPERATOR(pg_catalog.>) 0) AS completed,
        pg_catalog.count(*) FILTER (WHERE of_task.failed OPERATOR(pg_catalog.>) 0) AS failed
    FROM (
        SELECT
            pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'complete') AS completed,
            pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error') AS failed
        FROM @installation@.tasker_tasks AS task
        JOIN @steps@ AS step ON step.task_id OPERATOR(pg_catalog.=) task.task_id
        WHERE task.created_at OPERATOR(pg_catalog.>) $2
        GROUP BY task.task_id
    ) AS of_task
) AS score
CROSS JOIN (
    SELECT
        pg_catalog.count(*) AS tasks,
        pg_catalog.count(*) FILTER (WHERE of_task.completed OPERATOR(pg_catalog.>) 0) AS completed,
        pg_catalog.count(*) FILTER (WHERE of_task.failed OPERATOR(pg_catalog.>) 0) AS failed,
        pg_catalog.sum(of_task.steps)::pg_catalog.int8 AS steps,
        pg_catalog.sum(of_task.task_seconds) OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(of_task.completed), 0) AS task_seconds,
        pg_catalog.sum(of_task.step_seconds) OPERATOR(pg_catalog./) NULLIF(pg_catalog.sum(of_task.completed), 0) AS step_seconds
    FROM (
        SELECT
            pg_catalog.count(step.workflow_step_id) AS steps,
            pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'complete') AS completed,
            pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error') AS failed,
            pg_catalog.sum(EXTRACT(EPOCH FROM step.state_since OPERATOR(pg_catalog.-) task.created_at)) FILTER (
                WHERE step.state OPERATOR(pg_catalog.=) 'complete'
            ) AS task_seconds,
            pg_catalog.sum(EXTRACT(EPOCH FROM step.state_since OPERATOR(pg_catalog.-) step.created_at)) FILTER (
                WHERE step.state OPERATOR(pg_catalog.=) 'complete'
            ) AS step_seconds
        FROM @installation@.tasker_tasks AS task
        LEFT JOIN @steps@ AS step ON step.task_id OPERATOR(pg_catalog.=) task.task_id
        WHERE task.created_at OPERATOR(pg_catalog.>) $1
        GROUP BY task.task_id
    ) AS of_task
) AS period
