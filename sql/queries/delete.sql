-- Deletes tasks and all that belongs to them.

-- name: lock_steps
-- Locks the steps of a task, as workers do: in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE task_id OPERATOR(pg_catalog.=) $1
ORDER BY workflow_step_id
FOR UPDATE;

-- name: annotations
-- Deletes the annotations of a task.
DELETE FROM @installation@.tasker_task_annotations
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: task_transitions
-- The history of a task.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: step_transitions
-- The history of steps.
DELETE FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: edges
-- The edges from and to steps, also of other tasks.
DELETE FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id OPERATOR(pg_catalog.=) ANY ($1)
   OR to_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: steps
-- Deletes steps whose other rows are deleted already.
DELETE FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: task
-- Deletes a task whose other rows are deleted already.
DELETE FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: ended_tasks
-- Tasks in one of the states $1 that have been in it since before $2, by the filters of
-- find/tasks, in the order of their ids, after $12, at most $13. NULL turns a filter off.
SELECT
    task.task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text, transition.to_state::pg_catalog.text,
    transition.created_at,
    (
        SELECT pg_catalog.count(*)
        FROM @installation@.tasker_workflow_steps AS step
        WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id
    )
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
JOIN @installation@.tasker_task_transitions AS transition
    ON transition.task_id OPERATOR(pg_catalog.=) task.task_id
    AND transition.most_recent
WHERE transition.to_state OPERATOR(pg_catalog.=) ANY ($1)
  AND transition.created_at OPERATOR(pg_catalog.<) $2
  AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $5)
  -- Asked once: where there is no such name, no row is read.
  AND (($3 IS NULL AND $4 IS NULL AND $5 IS NULL) OR EXISTS (
      SELECT FROM @installation@.tasker_named_tasks AS known
      JOIN @installation@.tasker_task_namespaces AS known_namespace
          ON known_namespace.task_namespace_id OPERATOR(pg_catalog.=) known.task_namespace_id
      WHERE ($3 IS NULL OR known_namespace.name OPERATOR(pg_catalog.=) $3)
        AND ($4 IS NULL OR known.name OPERATOR(pg_catalog.=) $4)
        AND ($5 IS NULL OR known.version OPERATOR(pg_catalog.=) $5)
  ))
  AND ($6 IS NULL OR task.initiator OPERATOR(pg_catalog.=) $6)
  AND ($7 IS NULL OR task.tags OPERATOR(pg_catalog.?) $7)
  AND ($8 IS NULL OR EXISTS (
      SELECT FROM @installation@.tasker_task_annotations AS note
      JOIN @installation@.tasker_annotation_types AS kind
          ON kind.annotation_type_id OPERATOR(pg_catalog.=) note.annotation_type_id
      WHERE note.task_id OPERATOR(pg_catalog.=) task.task_id
        AND kind.name OPERATOR(pg_catalog.=) $8
        AND ($9 IS NULL OR note.annotation OPERATOR(pg_catalog.?) $9)
        AND ($10 IS NULL OR note.annotation OPERATOR(pg_catalog.->>) $9 OPERATOR(pg_catalog.=) $10)
  ))
  AND ($11 IS NULL OR task.task_id OPERATOR(pg_catalog.=) ANY ($11))
  AND ($12 IS NULL OR task.task_id OPERATOR(pg_catalog.>) $12)
ORDER BY task.task_id
LIMIT $13;

-- name: ties
-- What keeps these tasks from being deleted: see TaskTies.
SELECT
    task.task_id, task.state, task.state_since,
    (
        SELECT parent.task_id
        FROM @installation@.tasker_core_tasks AS parent
        WHERE parent.task_id = task.parent_task_id
          AND parent.state = ANY (ARRAY['pending', 'in_progress', 'error'])
    ),
    (
        SELECT min(subtask.task_id)
        FROM @installation@.tasker_core_tasks AS subtask
        WHERE subtask.parent_task_id = task.task_id
          AND subtask.state = ANY (ARRAY['pending', 'in_progress'])
    ),
    COALESCE(
        (
            SELECT min(waiting.workflow_step_id)
            FROM @installation@.tasker_core_rules AS rule
            JOIN @installation@.tasker_core_steps AS waiting
                ON waiting.workflow_step_id = rule.workflow_step_id
            WHERE rule.waited_task_id = task.task_id
              AND waiting.task_id <> task.task_id
              AND waiting.state = ANY (ARRAY['pending', 'in_progress', 'error'])
        ),
        (
            SELECT min(child.workflow_step_id)
            FROM @installation@.tasker_core_steps AS step
            JOIN @installation@.tasker_workflow_step_edges AS edge
                ON edge.from_step_id = step.workflow_step_id
            JOIN @installation@.tasker_core_steps AS child
                ON child.workflow_step_id = edge.to_step_id
            WHERE step.task_id = task.task_id
              AND child.task_id <> task.task_id
              AND child.state = ANY (ARRAY['pending', 'in_progress', 'error'])
        )
    ),
    CASE
        WHEN task.state = 'error' THEN (
            SELECT min(step.workflow_step_id)
            FROM @installation@.tasker_core_steps AS step
            WHERE step.task_id = task.task_id
              AND (step.state = 'in_progress'
                  OR EXISTS (
                      SELECT FROM @installation@.tasker_core_hints AS hint
                      WHERE hint.workflow_step_id = step.workflow_step_id
                  )
                  OR EXISTS (
                      SELECT FROM @installation@.tasker_core_parked AS parked
                      WHERE parked.workflow_step_id = step.workflow_step_id
                  )
                  @shared@
                  OR EXISTS (
                      SELECT FROM @installation@.tasker_core_timers AS timer
                      WHERE timer.kind = 'step'
                        AND timer.subject_id = step.workflow_step_id
                  ))
        )
    END
FROM @installation@.tasker_core_tasks AS task
WHERE task.task_id = ANY ($1);

-- name: lock_free_tasks
-- Locks those of these tasks that no other session has locked. A row that refers to one of them
-- cannot be added from now on.
SELECT task_id
FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: lock_free_steps
-- Locks those steps of these tasks that no other session has locked.
SELECT workflow_step_id, task_id
FROM @installation@.tasker_workflow_steps
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: lock_rest
-- Locks all else that belongs to the tasks $1 and their steps $2, and returns whether there are no
-- more steps. If another session has locked some of it, that is an error (55P03). The counts make
-- PostgreSQL read every row.
SELECT
    (
        SELECT count(*)
        FROM @installation@.tasker_workflow_steps
        WHERE task_id = ANY ($1)
    ) = cardinality($2)
    AND (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_workflow_step_transitions
            WHERE workflow_step_id = ANY ($2)
            FOR UPDATE NOWAIT
        ) AS locked
    ) + (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_core_steps
            WHERE task_id = ANY ($1)
            FOR UPDATE NOWAIT
        ) AS locked
    ) + (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_task_transitions
            WHERE task_id = ANY ($1)
            FOR UPDATE NOWAIT
        ) AS locked
    ) + (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_core_tasks
            WHERE task_id = ANY ($1)
            FOR UPDATE NOWAIT
        ) AS locked
    ) + (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_task_annotations
            WHERE task_id = ANY ($1)
            FOR UPDATE NOWAIT
        ) AS locked
    ) + (
        SELECT count(*)
        FROM (
            SELECT
            FROM @installation@.tasker_workflow_step_edges
            WHERE to_step_id = ANY ($2)
            FOR UPDATE NOWAIT
        ) AS locked
    ) >= 0;

-- name: annotations_of_tasks
-- Deletes the annotations of these tasks.
DELETE FROM @installation@.tasker_task_annotations
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: transitions_of_tasks
-- Deletes the histories of these tasks.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: edges_to
-- Deletes the edges that lead to these steps.
DELETE FROM @installation@.tasker_workflow_step_edges
WHERE to_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: edges_from
-- Deletes the edges that lead from these steps, to steps of other tasks.
DELETE FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: tasks
-- Deletes tasks whose other rows are deleted already.
DELETE FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: side_rows_of_steps
-- Deletes what the side tables say about deleted steps, except for queues, leases and slots.
WITH rules AS (
    DELETE FROM @installation@.tasker_core_rules
    WHERE workflow_step_id = ANY ($1)
), decisions AS (
    DELETE FROM @installation@.tasker_core_decisions
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_decisions AS queued
        WHERE queued.workflow_step_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_steps
WHERE workflow_step_id = ANY ($1);

-- name: side_rows_of_tasks
-- Deletes what the side tables say about deleted tasks. It leaves rows of queues that another
-- session has locked to that session, which will find that there is nothing to do.
WITH timers AS (
    DELETE FROM @installation@.tasker_core_timers
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_timers AS queued
        WHERE queued.kind = 'task'
          AND queued.subject_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
), endings AS (
    DELETE FROM @installation@.tasker_core_endings
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_endings AS queued
        WHERE queued.task_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
), task_leases AS (
    DELETE FROM @installation@.tasker_core_task_leases
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_task_leases AS queued
        WHERE queued.task_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
), signals AS (
    DELETE FROM @installation@.tasker_core_signals
    WHERE task_id = ANY ($1)
), troubles AS (
    DELETE FROM @installation@.tasker_core_troubles
    WHERE ctid = ANY (ARRAY(
        SELECT known.ctid
        FROM @installation@.tasker_core_troubles AS known
        WHERE known.subject_id = ANY ($1)
          AND known.kind = ANY (ARRAY['task', 'purge'])
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_tasks
WHERE task_id = ANY ($1);

-- name: named_tasks
-- The names of all tasks, with their namespaces.
SELECT named_task.named_task_id, namespace.name::text, named_task.name::text
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id = named_task.task_namespace_id;

-- name: expired_tasks
-- Ended tasks whose time is over, among the first $7 that were created between $5 and $6, at most
-- $8. $1 to $4: for each named task, for how many hours a task is kept after it is complete,
-- cancelled or failed; -1: for good. $9: the present; work that was refused waits for its next try.
SELECT old.task_id, old.state, old.state_since
FROM (
    SELECT task.task_id, task.named_task_id, task.state, task.state_since, task.created_at
    FROM @installation@.tasker_core_tasks AS task
    WHERE task.created_at >= $5
      AND task.created_at < $6
    ORDER BY task.created_at
    LIMIT $7
) AS old
JOIN ROWS FROM (unnest($1), unnest($2), unnest($3), unnest($4))
    AS policy (named_task_id, complete_hours, cancelled_hours, failed_hours)
    ON policy.named_task_id = old.named_task_id
CROSS JOIN LATERAL (
    SELECT CASE old.state
        WHEN 'complete' THEN policy.complete_hours
        WHEN 'resolved_manually' THEN policy.complete_hours
        WHEN 'cancelled' THEN policy.cancelled_hours
        WHEN 'error' THEN policy.failed_hours
    END AS hours
) AS kept
WHERE kept.hours >= 0
  AND old.state_since < $9 - make_interval(hours => kept.hours)
  AND NOT EXISTS (
      SELECT FROM @installation@.tasker_core_troubles AS trouble
      WHERE trouble.subject_id = old.task_id
        AND trouble.kind = 'purge'
        AND trouble.next_try > $9
  )
ORDER BY old.created_at, old.task_id
LIMIT $8;

-- name: last_examined
-- When the last of the first $3 tasks was created that were created between $1 and $2; NULL if
-- there are fewer.
SELECT (
    SELECT task.created_at
    FROM @installation@.tasker_core_tasks AS task
    WHERE task.created_at >= $1
      AND task.created_at < $2
    ORDER BY task.created_at
    OFFSET $3 - 1
    LIMIT 1
);
