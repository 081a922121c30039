-- What there is at the moment, and what became of the tasks created after $1 (R15): each of them is completed, or
-- failed, or neither; a task has taken from its creation until its last transition.
SELECT
    COALESCE(present.active_tasks, 0) AS active_tasks,
    present.namespaces,
    present.task_types,
    period.tasks,
    period.completed,
    period.failed,
    pg_catalog.round(period.task_seconds, 3) AS task_seconds,
    pg_catalog.round(steps.step_seconds, 3) AS step_seconds,
    steps.steps
FROM (
    SELECT
        pg_catalog.sum(named.active)::pg_catalog.int8 AS active_tasks,
        pg_catalog.count(DISTINCT named_task.task_namespace_id) AS namespaces,
        pg_catalog.count(DISTINCT (named_task.task_namespace_id, named_task.name)) AS task_types
    FROM (
        SELECT
            task.named_task_id,
            pg_catalog.count(*) FILTER (
                WHERE task.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])
            ) AS active
        FROM @tasks@ AS task
        GROUP BY task.named_task_id
    ) AS named
    JOIN @installation@.tasker_named_tasks AS named_task
        ON named_task.named_task_id OPERATOR(pg_catalog.=) named.named_task_id
) AS present
CROSS JOIN (
    SELECT
        pg_catalog.count(*) AS tasks,
        pg_catalog.count(*) FILTER (
            WHERE side.state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
        ) AS completed,
        pg_catalog.count(*) FILTER (WHERE side.state OPERATOR(pg_catalog.=) 'error') AS failed,
        pg_catalog.avg(EXTRACT(EPOCH FROM ended.created_at OPERATOR(pg_catalog.-) task.created_at)) FILTER (
            WHERE side.state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
        ) AS task_seconds
    FROM @installation@.tasker_tasks AS task
    JOIN @tasks@ AS side ON side.task_id OPERATOR(pg_catalog.=) task.task_id
    LEFT JOIN @installation@.tasker_task_transitions AS ended
        ON ended.task_id OPERATOR(pg_catalog.=) task.task_id
       AND ended.most_recent
    WHERE task.created_at OPERATOR(pg_catalog.>) $1
) AS period
CROSS JOIN (
    SELECT
        pg_catalog.count(*) AS steps,
        pg_catalog.avg(EXTRACT(EPOCH FROM step.state_since OPERATOR(pg_catalog.-) step.created_at)) FILTER (
            WHERE step.state OPERATOR(pg_catalog.=) 'complete'
        ) AS step_seconds
    FROM @installation@.tasker_tasks AS task
    JOIN @steps@ AS step ON step.task_id OPERATOR(pg_catalog.=) task.task_id
    WHERE task.created_at OPERATOR(pg_catalog.>) $1
) AS steps
