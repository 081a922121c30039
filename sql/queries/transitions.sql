-- Histories of transitions, and figures about them.

-- name: of_steps
-- Transitions of steps by filters, the latest first, before $13, at most $14. NULL turns a filter
-- off; the statement is planned for the filters that are given. $1: task; $2: step; $3: states; $4,
-- $5: period; $6: what the metadata contain; $7: a key of them; $8: attempt; $9: whether the
-- transition allowed another attempt; $10 to $12: namespace, names of task and step.
SELECT
    transition.id, step.task_id, transition.workflow_step_id, namespace.name::pg_catalog.text,
    named_task.name::pg_catalog.text, named_task.version::pg_catalog.text,
    named_step.name::pg_catalog.text,
    @transition_columns@
FROM @installation@.tasker_workflow_step_transitions AS transition
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN LATERAL (
    SELECT earlier.to_state, earlier.created_at
    FROM @installation@.tasker_workflow_step_transitions AS earlier
    WHERE earlier.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
      AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
    ORDER BY earlier.sort_key DESC
    LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (SELECT @is_retry@ AS is_retry) AS retry
WHERE ($1 IS NULL OR task.task_id OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR transition.workflow_step_id OPERATOR(pg_catalog.=) $2)
  AND @transition_filters@
  AND ($12 IS NULL OR named_step.name OPERATOR(pg_catalog.=) $12)
  AND ($13 IS NULL OR transition.id OPERATOR(pg_catalog.<) $13)
ORDER BY transition.id DESC
LIMIT $14;

-- name: of_tasks
-- Transitions of tasks by filters, the latest first, before $13, at most $14. NULL turns a filter
-- off; the statement is planned for the filters that are given. $1: task; $2: step; $3: states; $4,
-- $5: period; $6: what the metadata contain; $7: a key of them; $8: attempt; $9: whether the
-- transition allowed another attempt; $10 to $12: namespace, names of task and step.
SELECT
    transition.id, transition.task_id, NULL::pg_catalog.int8, namespace.name::pg_catalog.text,
    named_task.name::pg_catalog.text, named_task.version::pg_catalog.text, NULL::pg_catalog.text,
    @transition_columns@
FROM @installation@.tasker_task_transitions AS transition
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) transition.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN LATERAL (
    SELECT earlier.to_state, earlier.created_at
    FROM @installation@.tasker_task_transitions AS earlier
    WHERE earlier.task_id OPERATOR(pg_catalog.=) transition.task_id
      AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
    ORDER BY earlier.sort_key DESC
    LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (SELECT @is_retry@ AS is_retry) AS retry
WHERE ($1 IS NULL OR task.task_id OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR false)
  AND @transition_filters@
  AND ($12 IS NULL OR false)
  AND ($13 IS NULL OR transition.id OPERATOR(pg_catalog.<) $13)
ORDER BY transition.id DESC
LIMIT $14;

-- name: stats_of_steps
-- How often steps went from which state to which from $1 to $2, and how long after the transition
-- before. $3 to $5: namespace, names of task and step; NULL: any.
SELECT
    counted.from_state, counted.to_state, counted.transitions, counted.subjects, counted.first_at,
    counted.last_at, counted.average_seconds, counted.percentiles[1], counted.percentiles[2]
FROM (
    SELECT
        @transition_statistics@
    FROM (
        SELECT
            COALESCE(@named_from_state@, previous.to_state)::pg_catalog.text AS from_state,
            transition.to_state::pg_catalog.text AS to_state,
            transition.workflow_step_id AS subject, transition.created_at AS entered_at,
            CASE WHEN pg_catalog.isfinite(transition.created_at)
                AND pg_catalog.isfinite(previous.created_at) THEN
                pg_catalog.date_part('epoch',
                    transition.created_at OPERATOR(pg_catalog.-) previous.created_at) END AS seconds
        FROM @installation@.tasker_workflow_step_transitions AS transition
        JOIN @installation@.tasker_workflow_steps AS step
            ON step.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
        JOIN @installation@.tasker_named_steps AS named_step
            ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
        JOIN @installation@.tasker_tasks AS task
            ON task.task_id OPERATOR(pg_catalog.=) step.task_id
        JOIN @installation@.tasker_named_tasks AS named_task
            ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
        JOIN @installation@.tasker_task_namespaces AS namespace
            ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
        LEFT JOIN LATERAL (
            SELECT earlier.to_state, earlier.created_at
            FROM @installation@.tasker_workflow_step_transitions AS earlier
            WHERE earlier.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
              AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
            ORDER BY earlier.sort_key DESC
            LIMIT 1
        ) AS previous ON true
        WHERE transition.created_at OPERATOR(pg_catalog.>=) $1
          AND ($2 IS NULL OR transition.created_at OPERATOR(pg_catalog.<) $2)
          AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
          AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
          AND ($5 IS NULL OR named_step.name OPERATOR(pg_catalog.=) $5)
          AND NOT @is_copied@
    ) AS moved
    GROUP BY moved.from_state, moved.to_state
) AS counted
ORDER BY counted.from_state NULLS FIRST, counted.to_state;

-- name: stats_of_tasks
-- How often tasks went from which state to which from $1 to $2, and how long after the transition
-- before. $3 to $5: namespace, names of task and step; NULL: any.
SELECT
    counted.from_state, counted.to_state, counted.transitions, counted.subjects, counted.first_at,
    counted.last_at, counted.average_seconds, counted.percentiles[1], counted.percentiles[2]
FROM (
    SELECT
        @transition_statistics@
    FROM (
        SELECT
            COALESCE(@named_from_state@, previous.to_state)::pg_catalog.text AS from_state,
            transition.to_state::pg_catalog.text AS to_state, transition.task_id AS subject,
            transition.created_at AS entered_at,
            CASE WHEN pg_catalog.isfinite(transition.created_at)
                AND pg_catalog.isfinite(previous.created_at) THEN
                pg_catalog.date_part('epoch',
                    transition.created_at OPERATOR(pg_catalog.-) previous.created_at) END AS seconds
        FROM @installation@.tasker_task_transitions AS transition
        JOIN @installation@.tasker_tasks AS task
            ON task.task_id OPERATOR(pg_catalog.=) transition.task_id
        JOIN @installation@.tasker_named_tasks AS named_task
            ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
        JOIN @installation@.tasker_task_namespaces AS namespace
            ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
        LEFT JOIN LATERAL (
            SELECT earlier.to_state, earlier.created_at
            FROM @installation@.tasker_task_transitions AS earlier
            WHERE earlier.task_id OPERATOR(pg_catalog.=) transition.task_id
              AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
            ORDER BY earlier.sort_key DESC
            LIMIT 1
        ) AS previous ON true
        WHERE transition.created_at OPERATOR(pg_catalog.>=) $1
          AND ($2 IS NULL OR transition.created_at OPERATOR(pg_catalog.<) $2)
          AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
          AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
          AND ($5 IS NULL OR false)
    ) AS moved
    GROUP BY moved.from_state, moved.to_state
) AS counted
ORDER BY counted.from_state NULLS FIRST, counted.to_state;
