-- Figures for operators: durations, trends, failures and load.

-- name: waiting_steps
-- The failed steps to which a timer leads that is still to come, as to all that wait: the core
-- knows which of them do.
SELECT
    @step_columns@
FROM @installation@.tasker_core_steps
WHERE workflow_step_id = ANY (ARRAY(
    SELECT timer.subject_id
    FROM @installation@.tasker_core_timers AS timer
    WHERE timer.due_at > $1
      AND timer.kind = 'step'
))
  AND state = 'error';

-- name: failed_steps
-- The steps in error that will be tried again: for each the core knows until when it waits.
SELECT
    step.workflow_step_id, step.task_id, step.created_at, step.state_since, step.last_attempted_at,
    step.named_step_id, step.attempts, step.retry_limit, step.backoff_request_seconds,
    step.retryable, step.in_process, step.processed, step.skippable,
    step.state::pg_catalog.text AS state, step.parent_step_ids, step.backoff_seconds,
    step.has_rule
FROM @steps@ AS step
WHERE step.state OPERATOR(pg_catalog.=) 'error'
  AND step.retryable
  AND COALESCE(step.attempts, 0) OPERATOR(pg_catalog.<) GREATEST(COALESCE(step.retry_limit, 3), 1);

-- name: kinds
-- How many namespaces, names within a namespace, names of namespaces and names tasks have: as we
-- count, and as the engine does.
SELECT
    pg_catalog.count(DISTINCT named_task.task_namespace_id) AS namespaces,
    pg_catalog.count(DISTINCT (named_task.task_namespace_id, named_task.name)) AS task_types,
    pg_catalog.count(DISTINCT namespace.name) AS namespaces_v02,
    pg_catalog.count(DISTINCT named_task.name)
        FILTER (WHERE namespace.name IS NOT NULL) AS task_types_v02
FROM @installation@.tasker_named_tasks AS named_task
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE EXISTS (
    SELECT
    FROM @installation@.tasker_tasks AS task
    WHERE task.named_task_id OPERATOR(pg_catalog.=) named_task.named_task_id
    -- Such a subquery is not made a join, which would go through all tasks to find a few names.
    OFFSET 0
);

-- name: wanted_kinds
-- Named tasks of this namespace, name and version; NULL for any.
SELECT named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($1 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $2)
  AND ($3 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $3);

-- name: slow_tasks
-- The other columns of tasks, and the rank of each among them, from 1.
SELECT
    slow.place, task.task_id, named_task.name AS task_name, namespace.name AS namespace_name,
    named_task.version, task.created_at, task.initiator, task.source_system
FROM pg_catalog.unnest($1) WITH ORDINALITY AS slow (task_id, place)
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) slow.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
ORDER BY slow.place;

-- name: slow_steps
-- The columns of completed steps, in their order.
SELECT
    step.workflow_step_id, step.task_id, named_step.name AS step_name, named_task.name AS task_name,
    namespace.name AS namespace_name, named_task.version,
    pg_catalog.round(EXTRACT(EPOCH FROM step.state_since OPERATOR(pg_catalog.-) step.created_at),
        3) AS duration_seconds,
    step.attempts, step.created_at, step.state_since AS completed_at, step.retryable,
    step.state::pg_catalog.text AS step_status
FROM pg_catalog.unnest($1) WITH ORDINALITY AS slow (workflow_step_id, place)
JOIN @steps@ AS step ON step.workflow_step_id OPERATOR(pg_catalog.=) slow.workflow_step_id
JOIN @tasks@ AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE pg_catalog.isfinite(step.state_since)
  AND pg_catalog.isfinite(step.created_at)
ORDER BY slow.place;

-- name: step_durations
-- The durations of the executions that completed steps after $1, by the names of step and task. $2,
-- $3, $4: the namespace, name and version of the task, NULL for any.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version,
    named_step.name AS step_name, taken.executions, taken.average, taken.percentiles[1],
    taken.percentiles[2], taken.percentiles[3], taken.longest
FROM (
    SELECT
        execution.named_task_id, execution.named_step_id,
        pg_catalog.count(*) AS executions,
        pg_catalog.avg(execution.seconds) AS average,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
            ORDER BY execution.seconds) AS percentiles,
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
ORDER BY namespace.name, named_task.name, named_task.version, named_step.name;

-- name: step_trends
-- The durations of the executions after $2 beside those from $1 until $2, by the names of step and
-- task; the greatest change first. $3, $4, $5: the namespace, name and version of the task, NULL
-- for any.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version,
    named_step.name AS step_name, taken.executions, taken.percentiles[1], taken.percentiles[2],
    taken.earlier_executions, taken.earlier_percentiles[1], taken.earlier_percentiles[2],
    CASE
        WHEN taken.earlier_percentiles[1] OPERATOR(pg_catalog.<>) 0
        THEN 100 OPERATOR(pg_catalog.*) (
            (taken.percentiles[1] OPERATOR(pg_catalog./) taken.earlier_percentiles[1])
                OPERATOR(pg_catalog.-) 1
        )
    END AS change_percent
FROM (
    SELECT
        execution.named_task_id, execution.named_step_id,
        pg_catalog.count(*)
            FILTER (WHERE execution.state_since OPERATOR(pg_catalog.>) $2) AS executions,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY execution.seconds)
            FILTER (WHERE execution.state_since OPERATOR(pg_catalog.>) $2) AS percentiles,
        pg_catalog.count(*)
            FILTER (WHERE execution.state_since OPERATOR(pg_catalog.<=) $2) AS earlier_executions,
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
ORDER BY change_percent DESC NULLS LAST, namespace.name, named_task.name, named_task.version,
    named_step.name;

-- name: task_durations
-- The times from creation to end of the tasks that were completed or resolved after $1, by their
-- names. $2, $3, $4: namespace, name and version, NULL for any.
SELECT
    namespace.name AS namespace_name, named_task.name AS task_name, named_task.version,
    taken.tasks, taken.average, taken.percentiles[1], taken.percentiles[2], taken.percentiles[3],
    taken.longest
FROM (
    SELECT
        ended.named_task_id,
        pg_catalog.count(*) AS tasks,
        pg_catalog.avg(ended.seconds) AS average,
        pg_catalog.percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY ended.seconds)
            AS percentiles,
        pg_catalog.max(ended.seconds) AS longest
    FROM (
        SELECT
            task.named_task_id,
            pg_catalog.date_part('epoch', task.state_since OPERATOR(pg_catalog.-) task.created_at)
                AS seconds
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
ORDER BY namespace.name, named_task.name, named_task.version;

-- name: connections
-- The connections at work in this database, as far as the caller may see them, those open on the
-- server, and how many there may be.
SELECT
    (
        SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_stat_activity AS backend
        WHERE backend.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
          AND backend.state OPERATOR(pg_catalog.=) 'active'
    ) AS active,
    (
        SELECT pg_catalog.sum(database.numbackends)::pg_catalog.int8
        FROM pg_catalog.pg_stat_database AS database
    ) AS open,
    pg_catalog.current_setting('max_connections')::pg_catalog.int8 AS most;
