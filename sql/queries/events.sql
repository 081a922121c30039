-- The event stream: what is recorded, how far consumers have come, and what payloads show.

-- name: has_consumers
-- Whether any consumer reads the stream.
SELECT EXISTS (SELECT FROM @installation@.tasker_core_consumers);

-- name: put_events
-- Records events of a transaction ($3) of a cluster ($1), written at a place in the log ($2) and at
-- a time ($4): their number ($5), and what they are ($6, $7).
INSERT INTO @installation@.tasker_core_events
    (cluster, log, transaction, noted_at, number, events, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: notify
-- Notifies the listeners of a channel ($1) when the transaction commits.
SELECT pg_notify($1, $2);

-- name: emit_message
-- Writes a message ($1) that logical decoding shows with the changes of the transaction.
SELECT pg_logical_emit_message(true, 'tasker_core', $1)::text;

-- name: put_consumer
-- Adds a consumer ($1) of a role ($3) with patterns ($2), as it stands ($4), at a time ($5).
INSERT INTO @installation@.tasker_core_consumers (consumer, patterns, role, progress, subscribed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (consumer) DO NOTHING;

-- name: lock_consumer
-- A consumer ($1), locked: its role, its progress, its patterns, the events that it has missed.
SELECT role, progress, array_to_string(patterns, ' '), missed
FROM @installation@.tasker_core_consumers
WHERE consumer = $1
FOR NO KEY UPDATE;

-- name: consumer
-- A consumer ($1): its role, its progress, its patterns, the events that it has missed.
SELECT role, progress, array_to_string(patterns, ' '), missed
FROM @installation@.tasker_core_consumers
WHERE consumer = $1;

-- name: set_consumer
-- Changes the patterns ($2) of a consumer ($1) and, unless they are NULL, its progress ($3) and its
-- role ($4).
UPDATE @installation@.tasker_core_consumers
SET patterns = $2, progress = COALESCE($3, progress), role = COALESCE($4, role),
    missed = CASE WHEN $3 IS NULL THEN missed ELSE 0 END
WHERE consumer = $1;

-- name: acknowledge
-- Writes down the progress ($2) of a consumer ($1) that is locked, at a time ($3).
UPDATE @installation@.tasker_core_consumers
SET progress = $2, acknowledged_at = $3
WHERE consumer = $1;

-- name: pass_over
-- Writes down the progress ($3) of a consumer ($1) that has read nothing for it, unless another
-- session has changed it ($2) or is about to.
UPDATE @installation@.tasker_core_consumers AS consumer
SET progress = $3
FROM (
    SELECT free.consumer
    FROM @installation@.tasker_core_consumers AS free
    WHERE free.consumer = $1 AND free.progress = $2
    FOR NO KEY UPDATE SKIP LOCKED
) AS free
WHERE consumer.consumer = free.consumer;

-- name: drop_consumer
-- Removes a consumer ($1).
DELETE FROM @installation@.tasker_core_consumers
WHERE consumer = $1;

-- name: consumers
-- All consumers.
SELECT consumer, patterns, role, progress, subscribed_at, acknowledged_at, missed
FROM @installation@.tasker_core_consumers
ORDER BY consumer;

-- name: lock_consumers
-- Locks the consumers that no other session holds, and returns how many there are and the progress
-- and patterns of each that is locked.
SELECT free.consumer, free.progress, array_to_string(free.patterns, ' ')
FROM @installation@.tasker_core_consumers AS free
FOR NO KEY UPDATE SKIP LOCKED;

-- name: number_of_consumers
-- How many consumers there are.
SELECT count(*) FROM @installation@.tasker_core_consumers;

-- name: add_missed
-- Adds to the events that consumers ($1) have missed ($2).
UPDATE @installation@.tasker_core_consumers AS consumer
SET missed = consumer.missed + lost.number
FROM unnest($1, $2) AS lost (consumer, number)
WHERE consumer.consumer = lost.consumer;

-- name: snapshot
-- The transactions that the snapshot shows: the first one that had not begun, and those before it
-- that had not ended; and the clusters, besides this one ($1), whose events are kept, with the
-- places of their last ones.
WITH RECURSIVE clusters AS (
    (SELECT event.cluster FROM @installation@.tasker_core_events AS event
     ORDER BY event.cluster LIMIT 1)
    UNION ALL
    SELECT (SELECT event.cluster FROM @installation@.tasker_core_events AS event
            WHERE event.cluster > clusters.cluster ORDER BY event.cluster LIMIT 1)
    FROM clusters
    WHERE clusters.cluster IS NOT NULL
), others AS MATERIALIZED (
    SELECT clusters.cluster,
           (SELECT last.log FROM @installation@.tasker_core_events AS last
            WHERE last.cluster = clusters.cluster
            ORDER BY last.log DESC LIMIT 1) AS log
    FROM clusters
    WHERE clusters.cluster <> $1
)
SELECT
    pg_snapshot_xmax(seen.snapshot)::text::bigint,
    ARRAY(SELECT running.number::text::bigint
          FROM pg_snapshot_xip(seen.snapshot) AS running (number)
          ORDER BY running.number),
    ARRAY(SELECT others.cluster FROM others ORDER BY others.cluster),
    ARRAY(SELECT others.log FROM others ORDER BY others.cluster)
FROM (SELECT pg_current_snapshot()) AS seen (snapshot);

-- name: new_events
-- The next $9 rows of events of a cluster ($1), from a row ($7, $8) on, of the transactions that
-- one snapshot does not show ($3: its next transaction, $4: those that ran), but another one does
-- ($5, $6). $2 and $10: the places in the log between which all of them are.
SELECT event.log, event.transaction, event.noted_at, event.events, event.payload
FROM @installation@.tasker_core_events AS event
WHERE event.cluster = $1
  AND event.log BETWEEN $2 AND $10
  AND (event.log, event.transaction) >= ($7, $8)
  AND (event.transaction >= $3 OR event.transaction = ANY ($4))
  AND event.transaction < $5
  AND event.transaction <> ALL ($6)
ORDER BY event.log, event.transaction
LIMIT $9;

-- name: has_event
-- Whether a row of events of a cluster ($1) is kept: its place in the log ($2), its transaction
-- ($3).
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_events AS event
    WHERE event.cluster = $1 AND event.log = $2 AND event.transaction = $3
);

-- name: lag
-- How many events of a cluster ($1) are left of the transactions that a snapshot does not show ($3:
-- its next transaction, $4: those that ran, $2: a place in the log before them), without those up
-- to an event ($5, $6, $7) that another snapshot shows ($8, $9), and when the first was noted.
SELECT sum(event.number - part.number)::bigint, min(event.noted_at)
FROM @installation@.tasker_core_events AS event
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN event.transaction >= $8 OR event.transaction = ANY ($9) THEN 0
        WHEN (event.log, event.transaction) < ($5, $6) THEN event.number
        WHEN (event.log, event.transaction) = ($5, $6) THEN least($7, event.number)
        ELSE 0
    END AS number
) AS part
WHERE event.cluster = $1
  AND event.log >= $2
  AND (event.transaction >= $3 OR event.transaction = ANY ($4))
  AND event.number > part.number;

-- name: trim_events
-- Deletes events that were noted before $1: of each cluster, the $2 oldest rows. There is more than
-- one cluster after a restore.
WITH RECURSIVE clusters AS (
    (SELECT event.cluster FROM @installation@.tasker_core_events AS event
     ORDER BY event.cluster LIMIT 1)
    UNION ALL
    SELECT (SELECT event.cluster FROM @installation@.tasker_core_events AS event
            WHERE event.cluster > clusters.cluster ORDER BY event.cluster LIMIT 1)
    FROM clusters
    WHERE clusters.cluster IS NOT NULL
)
DELETE FROM @installation@.tasker_core_events AS event
USING clusters
CROSS JOIN LATERAL (
    SELECT oldest.noted_at
    FROM @installation@.tasker_core_events AS oldest
    WHERE oldest.cluster = clusters.cluster
    ORDER BY oldest.log, oldest.transaction
    LIMIT 1
) AS oldest
CROSS JOIN LATERAL (
    SELECT first.log, first.transaction, first.noted_at
    FROM @installation@.tasker_core_events AS first
    WHERE first.cluster = clusters.cluster
      AND oldest.noted_at < $1
    ORDER BY first.log, first.transaction
    LIMIT $2
) AS old
WHERE old.noted_at < $1
  AND event.cluster = clusters.cluster
  AND event.log = old.log
  AND event.transaction = old.transaction
RETURNING event.cluster, event.log, event.transaction, event.events;

-- name: step_payloads
-- The payloads of the events of transitions of steps ($1). What is stored in more than $2 bytes is
-- left out, and "omitted" names it. The number of an execution is the number of transitions to
-- in_progress up to there; its duration lasts from the last of them (semantics 6.2: the engine
-- takes both times at the end).
SELECT
    transition.id,
    pg_catalog.jsonb_build_object(
        'task_id', step.task_id, 'step_id', step.workflow_step_id, 'step_name', named_step.name,
        'from_state', COALESCE(@named_from_state@, previous.to_state),
        'to_state', transition.to_state,
        'attempt_number', GREATEST(execution.number, 1), 'retry_limit', step.retry_limit,
        'started_at', pg_catalog.to_char(execution.began_at, @iso@),
        'worker', execution.worker,
        'timestamp', pg_catalog.to_char(transition.created_at, @iso@)
    ) OPERATOR(pg_catalog.||) CASE
        WHEN transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
        THEN pg_catalog.jsonb_build_object(
            'step_inputs', CASE WHEN pg_catalog.pg_column_size(step.inputs)
                OPERATOR(pg_catalog.<=) $2 THEN step.inputs END,
            'omitted', CASE WHEN pg_catalog.pg_column_size(step.inputs)
                OPERATOR(pg_catalog.>) $2 THEN 'step_inputs' END,
            'step_dependencies', (
                SELECT COALESCE(pg_catalog.jsonb_agg(parent_name.name ORDER BY parent_name.name),
                                '[]')
                FROM @installation@.tasker_workflow_step_edges AS edge
                JOIN @installation@.tasker_workflow_steps AS parent
                    ON parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
                JOIN @installation@.tasker_named_steps AS parent_name
                    ON parent_name.named_step_id OPERATOR(pg_catalog.=) parent.named_step_id
                WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
            ))
        WHEN transition.to_state OPERATOR(pg_catalog.=) 'complete'
        THEN pg_catalog.jsonb_build_object(
            'completed_at', pg_catalog.to_char(transition.created_at, @iso@),
            'execution_duration', @execution_seconds@,
            'step_results', CASE WHEN transition.most_recent
                AND pg_catalog.pg_column_size(step.results) OPERATOR(pg_catalog.<=) $2
                THEN step.results END,
            'omitted', CASE WHEN transition.most_recent
                AND pg_catalog.pg_column_size(step.results) OPERATOR(pg_catalog.>) $2
                THEN 'step_results' END)
        WHEN transition.to_state OPERATOR(pg_catalog.=) 'error'
        THEN pg_catalog.jsonb_build_object(
            'execution_duration', @execution_seconds@,
            'error_message', COALESCE(
                transition.metadata OPERATOR(pg_catalog.->>) 'error_message',
                CASE WHEN transition.most_recent
                     THEN step.results OPERATOR(pg_catalog.->>) 'error' END),
            'exception_class', COALESCE(
                transition.metadata OPERATOR(pg_catalog.->>) 'error_class',
                CASE WHEN transition.most_recent
                     THEN step.results OPERATOR(pg_catalog.->>) 'error_class' END),
            'backtrace', CASE WHEN transition.most_recent
                AND pg_catalog.pg_column_size(step.results) OPERATOR(pg_catalog.<=) $2
                THEN step.results OPERATOR(pg_catalog.->) 'backtrace' END,
            'omitted', CASE WHEN transition.most_recent
                AND pg_catalog.pg_column_size(step.results) OPERATOR(pg_catalog.>) $2
                THEN 'backtrace' END)
        WHEN transition.to_state OPERATOR(pg_catalog.=) 'pending' AND NOT @is_release@
        THEN pg_catalog.jsonb_build_object('previous_attempts', execution.number)
        WHEN transition.to_state OPERATOR(pg_catalog.=) 'cancelled'
        THEN pg_catalog.jsonb_build_object(
            'cancellation_reason', transition.metadata OPERATOR(pg_catalog.->>) 'reason')
        ELSE '{}'
    END
FROM @installation@.tasker_workflow_step_transitions AS transition
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
LEFT JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
LEFT JOIN LATERAL (
    SELECT earlier.to_state
    FROM @installation@.tasker_workflow_step_transitions AS earlier
    WHERE earlier.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
      AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
    ORDER BY earlier.sort_key DESC
    LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.count(*) AS number,
        pg_catalog.max(began.created_at) AS began_at,
        (pg_catalog.array_agg(began.metadata OPERATOR(pg_catalog.->>) 'worker'
                              ORDER BY began.sort_key DESC))[1] AS worker
    FROM @installation@.tasker_workflow_step_transitions AS began
    WHERE began.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
      AND began.to_state OPERATOR(pg_catalog.=) 'in_progress'
      AND began.sort_key OPERATOR(pg_catalog.<=) transition.sort_key
) AS execution
WHERE transition.id OPERATOR(pg_catalog.=) ANY ($1);

-- name: task_payloads
-- The payloads of the events of tasks: of their transitions ($1), or, with a transition of 0, of
-- the tasks themselves ($2). What is stored in more than $3 bytes is left out, and "omitted" names
-- it.
SELECT
    task.task_id, COALESCE(transition.id, 0),
    pg_catalog.jsonb_build_object(
        'task_id', task.task_id, 'task_name', named_task.name, 'namespace', namespace.name,
        'version', named_task.version
    ) OPERATOR(pg_catalog.||) CASE WHEN transition.id IS NULL
        THEN pg_catalog.jsonb_build_object(
            'timestamp', pg_catalog.to_char(task.created_at, @iso@),
            'task_context', shown.context, 'omitted', shown.omitted)
        ELSE pg_catalog.jsonb_build_object(
            'from_state', COALESCE(@named_from_state@, previous.to_state),
            'to_state', transition.to_state,
            'started_at', pg_catalog.to_char(task.created_at, @iso@),
            'total_steps', (
                SELECT pg_catalog.count(*)
                FROM @installation@.tasker_workflow_steps AS step
                WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id),
            'timestamp', pg_catalog.to_char(transition.created_at, @iso@))
        END OPERATOR(pg_catalog.||) CASE
            WHEN transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
            THEN pg_catalog.jsonb_build_object('task_context', shown.context,
                                               'omitted', shown.omitted)
            WHEN transition.to_state OPERATOR(pg_catalog.=)
                ANY ('{complete,error,cancelled,resolved_manually}')
            THEN pg_catalog.jsonb_build_object('total_execution_duration',
                                               @task_seconds@)
            ELSE '{}'
        END OPERATOR(pg_catalog.||) CASE
            WHEN transition.to_state OPERATOR(pg_catalog.=) 'error'
            THEN pg_catalog.jsonb_build_object('error_steps', (
                SELECT COALESCE(pg_catalog.jsonb_agg(named_step.name ORDER BY named_step.name),
                                '[]')
                FROM @installation@.tasker_workflow_steps AS step
                JOIN @installation@.tasker_workflow_step_transitions AS failed
                    ON failed.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
                   AND failed.most_recent
                   AND failed.to_state OPERATOR(pg_catalog.=) 'error'
                JOIN @installation@.tasker_named_steps AS named_step
                    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
                WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id))
            ELSE '{}'
        END
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS asked (transition_id, task_id)
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) asked.task_id
LEFT JOIN @installation@.tasker_task_transitions AS transition
    ON transition.id OPERATOR(pg_catalog.=) asked.transition_id
   AND transition.task_id OPERATOR(pg_catalog.=) task.task_id
LEFT JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN LATERAL (
    SELECT earlier.to_state
    FROM @installation@.tasker_task_transitions AS earlier
    WHERE earlier.task_id OPERATOR(pg_catalog.=) transition.task_id
      AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
    ORDER BY earlier.sort_key DESC
    LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN is_short.is_short THEN task.context END AS context,
        CASE WHEN NOT is_short.is_short THEN 'task_context' END AS omitted
    FROM (
        SELECT pg_catalog.pg_column_size(task.context) OPERATOR(pg_catalog.<=) $3
    ) AS is_short (is_short)
) AS shown
WHERE asked.transition_id OPERATOR(pg_catalog.=) 0 OR transition.id IS NOT NULL;
