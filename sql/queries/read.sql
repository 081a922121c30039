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

-- name: timeline
-- The creation of a task ($1), which has no state, and the transitions of the task and of its steps
-- in the order of time, each with the state before it and how long that lasted. Of the same time,
-- the task starts before its steps and ends after them.
SELECT
    moved.workflow_step_id, moved.step_name, moved.from_state, moved.to_state, moved.created_at,
    CASE WHEN pg_catalog.isfinite(moved.created_at) AND pg_catalog.isfinite(moved.entered_at)
        THEN moved.created_at OPERATOR(pg_catalog.-) moved.entered_at END AS lasted,
    moved.metadata,
    (moved.metadata OPERATOR(pg_catalog.->>) 'triggered_by')::pg_catalog.text AS cause,
    COALESCE(
        moved.metadata OPERATOR(pg_catalog.->>) 'worker',
        moved.metadata OPERATOR(pg_catalog.->>) 'resolved_by',
        moved.metadata OPERATOR(pg_catalog.->>) 'cancelled_by',
        moved.metadata OPERATOR(pg_catalog.->>) 'retried_by',
        moved.metadata OPERATOR(pg_catalog.->>) 'reset_by',
        moved.metadata OPERATOR(pg_catalog.->>) 'initiator'
    )::pg_catalog.text AS actor,
    moved.is_release, moved.backoff_seconds, moved.sort_key
FROM (
    SELECT
        transition.id, NULL::pg_catalog.int8 AS workflow_step_id,
        NULL::pg_catalog.text AS step_name,
        COALESCE(@named_from_state@, pg_catalog.lag(transition.to_state) OVER in_order)
            ::pg_catalog.text AS from_state,
        transition.to_state::pg_catalog.text AS to_state, transition.created_at,
        COALESCE(pg_catalog.lag(transition.created_at) OVER in_order, task.created_at)
            AS entered_at,
        transition.metadata, false AS is_release, NULL::pg_catalog.float8 AS backoff_seconds,
        transition.sort_key,
        CASE WHEN transition.to_state OPERATOR(pg_catalog.=) 'pending'
            OR transition.to_state OPERATOR(pg_catalog.=) 'in_progress' THEN 0 ELSE 2 END AS place
    FROM @installation@.tasker_task_transitions AS transition
    JOIN @installation@.tasker_tasks AS task
        ON task.task_id OPERATOR(pg_catalog.=) transition.task_id
    WHERE transition.task_id OPERATOR(pg_catalog.=) $1
    WINDOW in_order AS (ORDER BY transition.sort_key)
    UNION ALL
    SELECT
        transition.id, transition.workflow_step_id, named_step.name::pg_catalog.text,
        COALESCE(@named_from_state@, pg_catalog.lag(transition.to_state) OVER in_order)
            ::pg_catalog.text,
        transition.to_state::pg_catalog.text, transition.created_at,
        COALESCE(pg_catalog.lag(transition.created_at) OVER in_order, step.created_at),
        transition.metadata, @is_release@, @named_wait@, transition.sort_key, 1
    FROM @installation@.tasker_workflow_steps AS step
    JOIN @installation@.tasker_workflow_step_transitions AS transition
        ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    LEFT JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    WHERE step.task_id OPERATOR(pg_catalog.=) $1
    WINDOW in_order AS (PARTITION BY transition.workflow_step_id ORDER BY transition.sort_key)
    UNION ALL
    SELECT
        0, NULL, NULL, NULL, NULL, task.created_at, NULL,
        pg_catalog.jsonb_build_object('initiator', task.initiator,
            'source_system', task.source_system, 'reason', task.reason),
        false, NULL, 0, -1
    FROM @installation@.tasker_tasks AS task
    WHERE task.task_id OPERATOR(pg_catalog.=) $1
) AS moved
ORDER BY moved.created_at, moved.place, moved.id;

-- name: beside_timeline
-- What the side tables know of a task beside its transitions, in the order of time: heartbeats of
-- running steps, signals, a pause.
SELECT noted.at, noted.event, noted.workflow_step_id, noted.attempt, noted.actor, noted.details
FROM (
    SELECT
        lease.heartbeat_at AS at, 'step.heartbeat' AS event, lease.workflow_step_id, lease.attempt,
        lease.worker AS actor,
        jsonb_build_object(
            'lease_until', to_char(lease.lease_until, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'progress', lease.progress
        ) AS details
    FROM @installation@.tasker_core_leases AS lease
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = lease.workflow_step_id
    WHERE step.task_id = $1
      AND lease.heartbeat_at IS NOT NULL
      AND lease.ended_as IS NULL
    UNION ALL
    SELECT
        signal.sent_at, 'signal.received', NULL, NULL, signal.sent_by,
        jsonb_build_object('name', signal.name, 'payload', signal.payload)
    FROM @installation@.tasker_core_signals AS signal
    WHERE signal.task_id = $1
    UNION ALL
    SELECT
        task.paused_at, 'task.paused', NULL, NULL, task.paused_by,
        jsonb_build_object('reason', task.pause_reason)
    FROM @installation@.tasker_core_tasks AS task
    WHERE task.task_id = $1
      AND task.paused_at IS NOT NULL
) AS noted
ORDER BY noted.at, noted.event, noted.workflow_step_id;

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
