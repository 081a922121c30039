-- Reads of steps, tasks and their histories, and what the caller can see of them.

-- name: durations_of_names
-- How long steps of these names have taken lately: the median, in seconds, of up to 20 executions
-- of each that ended well, among the 2,000 steps before $2. A bounded look, since nothing is
-- indexed by name and time.
SELECT recent.named_step_id,
       pg_catalog.percentile_cont(0.5) WITHIN GROUP (
           ORDER BY pg_catalog.date_part('epoch',
               ended.created_at OPERATOR(pg_catalog.-) started.created_at)
       ) AS seconds
FROM (
    SELECT step.workflow_step_id, step.named_step_id,
           pg_catalog.row_number() OVER (PARTITION BY step.named_step_id
               ORDER BY step.workflow_step_id DESC) AS place
    FROM (
        SELECT workflow_step_id, named_step_id, processed
        FROM @installation@.tasker_workflow_steps
        WHERE workflow_step_id OPERATOR(pg_catalog.<) $2
        ORDER BY workflow_step_id DESC
        LIMIT 2000
    ) AS step
    WHERE step.processed
      AND step.named_step_id OPERATOR(pg_catalog.=) ANY ($1)
) AS recent
CROSS JOIN LATERAL (
    SELECT transition.created_at, transition.sort_key
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) recent.workflow_step_id
      AND transition.most_recent
      AND pg_catalog.isfinite(transition.created_at)
      AND transition.to_state OPERATOR(pg_catalog.=) 'complete'
    LIMIT 1
) AS ended
CROSS JOIN LATERAL (
    SELECT transition.created_at
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) recent.workflow_step_id
      AND transition.sort_key OPERATOR(pg_catalog.<) ended.sort_key
      AND pg_catalog.isfinite(transition.created_at)
      AND transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
    ORDER BY transition.sort_key DESC
    LIMIT 1
) AS started
WHERE recent.place OPERATOR(pg_catalog.<=) 20
GROUP BY recent.named_step_id;

-- name: transitions_of_task
-- The transitions of all steps of a task, step by step in their order, each with the wait that it
-- names, and whether it belongs to giving a step back.
SELECT transition.workflow_step_id, transition.to_state::pg_catalog.text, transition.created_at,
    @named_wait@ AS backoff_seconds,
    @is_release@ AS is_release
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
WHERE step.task_id OPERATOR(pg_catalog.=) $1
ORDER BY transition.workflow_step_id, transition.sort_key;

-- name: name_of_task
-- The name of a task.
SELECT named_task.name::pg_catalog.text
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
WHERE task.task_id OPERATOR(pg_catalog.=) $1;

-- name: results_of_steps
-- The results of steps.
SELECT workflow_step_id, results
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: visible_steps
-- The steps of these tasks that row-level security shows to the caller.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE step.task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: named_for_caller
-- The steps out of these whose names, and those of whose tasks, row-level security shows to the
-- caller: a worker could not be told of the others. Each table is looked into for the row at hand,
-- as in claimed_steps.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
CROSS JOIN LATERAL (
    SELECT FROM @installation@.tasker_named_steps AS named
    WHERE named.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT own.named_task_id
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT FROM @installation@.tasker_named_tasks AS named
    WHERE named.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: visible_among_steps
-- The steps out of these that row-level security shows to the caller, with their tasks.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: visible_tasks
-- The tasks out of these that row-level security shows to the caller.
SELECT task.task_id
FROM @installation@.tasker_tasks AS task
WHERE task.task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: visible_tasks_in
-- The tasks in these ranges of ids that row-level security shows to the caller.
SELECT task.task_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS asked (first_id, last_id)
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.>=) asked.first_id
    AND task.task_id OPERATOR(pg_catalog.<=) asked.last_id;

-- name: last_failure
-- Whether the last failure of a step was permanent: a writer of the history may have stored any
-- JSON there.
SELECT COALESCE((transition.metadata OPERATOR(pg_catalog.->) 'permanent')
    OPERATOR(pg_catalog.=) 'true'::pg_catalog.jsonb, false)
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
  AND transition.to_state OPERATOR(pg_catalog.=) 'error'
  AND NOT @is_release@
ORDER BY transition.sort_key DESC
LIMIT 1;

-- name: last_writers
-- The transactions that have changed or locked steps last.
SELECT step.workflow_step_id, step.xmax
FROM @installation@.tasker_workflow_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: open_since
-- Since when the transaction of a process is open (UTC; NULL if the caller may not see that).
SELECT (activity.xact_start AT TIME ZONE 'UTC')::pg_catalog.timestamp
FROM pg_catalog.pg_stat_activity AS activity
WHERE activity.pid OPERATOR(pg_catalog.=) $1;

-- name: prepared_transaction
-- The name of a prepared transaction, and since when it is prepared (UTC).
SELECT prepared.gid, (prepared.prepared AT TIME ZONE 'UTC')::pg_catalog.timestamp
FROM pg_catalog.pg_prepared_xacts AS prepared
WHERE prepared.transaction OPERATOR(pg_catalog.=) $1;

-- name: step_history
-- The transitions of a step, each with its end: the beginning of the next one. A from_state that
-- the writer left out is where the transition before it led to.
SELECT
    @history_columns@,
    @is_release@ AS is_release
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
WINDOW in_order AS (ORDER BY transition.sort_key)
ORDER BY transition.sort_key;

-- name: task_history
-- The transitions of a task, each with its end: the beginning of the next one. A from_state that
-- the writer left out is where the transition before it led to.
SELECT
    @history_columns@
FROM @installation@.tasker_task_transitions AS transition
WHERE transition.task_id OPERATOR(pg_catalog.=) $1
WINDOW in_order AS (ORDER BY transition.sort_key)
ORDER BY transition.sort_key;

-- name: claimed_steps
-- The data that the handlers of claimed steps need. Each table is read for one row at a time: with
-- statistics from before the tables grew, a join would begin with all tasks of a name.
SELECT
    step.workflow_step_id, step.task_id, task.named_task_id, named_step.name::pg_catalog.text,
    step.inputs, task.context, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text, named_task.configuration,
    named_task.namespace::pg_catalog.text
FROM @installation@.tasker_workflow_steps AS step
CROSS JOIN LATERAL (
    SELECT named.name
    FROM @installation@.tasker_named_steps AS named
    WHERE named.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT own.context, own.named_task_id
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT named.name, named.version, named.configuration, namespace.name AS namespace
    FROM @installation@.tasker_named_tasks AS named
    LEFT JOIN @installation@.tasker_task_namespaces AS namespace
        ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named.task_namespace_id
    WHERE named.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: results_of_parents
-- The results of the parents of claimed steps. Each table is read for one row at a time, as for the
-- steps.
SELECT edge.to_step_id, parent.name::pg_catalog.text, parent.results
FROM @installation@.tasker_workflow_step_edges AS edge
CROSS JOIN LATERAL (
    SELECT named_parent.name, done.results
    FROM @installation@.tasker_workflow_steps AS done
    JOIN @installation@.tasker_named_steps AS named_parent
        ON named_parent.named_step_id OPERATOR(pg_catalog.=) done.named_step_id
    WHERE done.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
    OFFSET 0
) AS parent
WHERE edge.to_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: execution_ended
-- How the execution ended for which this token was given: the step's history knows.
SELECT transition.to_state::text, transition.metadata
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id = $1
  AND transition.to_state <> 'in_progress'
  AND (transition.metadata ->> 'claim_token') = $2::text
ORDER BY transition.sort_key DESC
LIMIT 1;

-- name: full_names_of_tasks
-- The names and namespaces of tasks.
SELECT task.task_id, namespace.name::text, named_task.name::text
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id = task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id = named_task.task_namespace_id
WHERE task.task_id = ANY ($1);

-- name: edges
-- Every edge with the tasks of its ends.
SELECT edge.id, edge.from_step_id, edge.to_step_id, parent.task_id AS from_task_id,
    child.task_id AS to_task_id
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_workflow_steps AS parent
    ON parent.workflow_step_id = edge.from_step_id
JOIN @installation@.tasker_workflow_steps AS child
    ON child.workflow_step_id = edge.to_step_id;

-- name: probe
-- Depends on nothing: PostgreSQL makes its plan invalid only when it resets every plan
-- (src/pg/spi/plans.rs).
SELECT 1;

-- name: rows
-- Rows of one table, by the values of one column.
SELECT @columns@
FROM @table@ AS kept
WHERE @key@ OPERATOR(pg_catalog.=) ANY ($1);

-- name: rows_after
-- Rows of one table, by a time in one column.
SELECT @columns@
FROM @table@ AS kept
WHERE @key@ OPERATOR(pg_catalog.>) $1;
