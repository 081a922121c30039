-- Finds tasks and steps by what the caller asks for.

-- name: tasks
-- Tasks by filters, in the order of their ids, after $16, at most $17. NULL turns a filter off; the
-- statement is planned for the filters that are given.
SELECT
    task.task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text,
    COALESCE(transition.created_at, task.created_at), task.complete,
    task.initiator::pg_catalog.text, task.source_system::pg_catalog.text,
    task.reason::pg_catalog.text, task.tags, task.requested_at, task.created_at
FROM @installation@.tasker_tasks AS task
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN @installation@.tasker_task_transitions AS transition
    ON transition.task_id OPERATOR(pg_catalog.=) task.task_id
    AND transition.most_recent
WHERE ($1 IS NULL OR task.task_id OPERATOR(pg_catalog.=) $1)
  -- Where pending is not among the states, what is left of this is about transitions that there
  -- are.
  AND ($2 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($2) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR (COALESCE(transition.to_state, 'pending')
      OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress'])) OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $5)
  AND ($6 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $6)
  -- Asked once: where there is no such name, no row is read.
  AND (($4 IS NULL AND $5 IS NULL AND $6 IS NULL) OR EXISTS (
      SELECT FROM @installation@.tasker_named_tasks AS known
      JOIN @installation@.tasker_task_namespaces AS known_namespace
          ON known_namespace.task_namespace_id OPERATOR(pg_catalog.=) known.task_namespace_id
      WHERE ($4 IS NULL OR known_namespace.name OPERATOR(pg_catalog.=) $4)
        AND ($5 IS NULL OR known.name OPERATOR(pg_catalog.=) $5)
        AND ($6 IS NULL OR known.version OPERATOR(pg_catalog.=) $6)
  ))
  AND ($7 IS NULL OR task.initiator OPERATOR(pg_catalog.=) $7)
  AND ($8 IS NULL OR task.tags OPERATOR(pg_catalog.?) $8)
  AND ($9 IS NULL OR EXISTS (
      SELECT FROM @installation@.tasker_task_annotations AS note
      JOIN @installation@.tasker_annotation_types AS kind
          ON kind.annotation_type_id OPERATOR(pg_catalog.=) note.annotation_type_id
      WHERE note.task_id OPERATOR(pg_catalog.=) task.task_id
        AND kind.name OPERATOR(pg_catalog.=) $9
        AND ($10 IS NULL OR note.annotation OPERATOR(pg_catalog.?) $10)
        AND ($11 IS NULL OR note.annotation OPERATOR(pg_catalog.->>) $10 OPERATOR(pg_catalog.=) $11)
  ))
  AND ($12 IS NULL OR task.created_at OPERATOR(pg_catalog.>=) $12)
  AND ($13 IS NULL
      OR transition.to_state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
      AND transition.created_at OPERATOR(pg_catalog.>=) $13)
  AND ($14 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND transition.created_at OPERATOR(pg_catalog.>=) $14)
  AND ($15 IS NULL OR task.task_id OPERATOR(pg_catalog.=) ANY ($15))
  AND ($16 IS NULL OR task.task_id OPERATOR(pg_catalog.>) $16)
ORDER BY task.task_id
LIMIT $17;

-- name: parent_of_task
-- The task that a task belongs to, none if it belongs to none.
SELECT parent_task_id
FROM @installation@.tasker_core_tasks
WHERE task_id = $1
  AND parent_task_id IS NOT NULL;

-- name: children_of_task
-- The tasks that belong to a task.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE parent_task_id = $1;

-- name: paused_steps
-- The next steps that could run if their tasks were not paused, in the order of their ids. The
-- paused tasks come first: in the order of the result all steps would be read.
SELECT step.workflow_step_id
FROM (
    SELECT paused.workflow_step_id
    FROM @installation@.tasker_core_steps AS paused
    WHERE paused.task_id = ANY (ARRAY(
        SELECT task.task_id
        FROM @installation@.tasker_core_tasks AS task
        WHERE task.paused_at IS NOT NULL
    ))
      AND paused.state = ANY (ARRAY['pending', 'error'])
    OFFSET 0
) AS step
WHERE step.workflow_step_id > $1
ORDER BY step.workflow_step_id
LIMIT $2;

-- name: paused_tasks
-- All tasks that are paused.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE paused_at IS NOT NULL;

-- name: tasks_in_states
-- The next tasks in these states, in the order of their ids. Each state in the order of the only
-- index that has it: the planner would take the primary key, and pass all other tasks.
SELECT found.task_id
FROM unnest($1) AS wanted (state)
CROSS JOIN LATERAL (
    SELECT task.task_id
    FROM @installation@.tasker_core_tasks AS task
    WHERE (task.state, task.task_id) > (wanted.state, $2)
      AND task.state <= wanted.state
    ORDER BY task.state, task.task_id
    LIMIT $3
) AS found
ORDER BY found.task_id
LIMIT $3;

-- name: queued_steps
-- The next steps that may be ready, in the order of their ids: those for which something stands in
-- a queue, and those that have been attempted. `unqueued` says the same for the doctor.
(
    SELECT DISTINCT hint.workflow_step_id
    FROM @installation@.tasker_core_hints AS hint
    WHERE hint.workflow_step_id > $1
    ORDER BY hint.workflow_step_id
    LIMIT $2
)
UNION
(
    SELECT DISTINCT parked.workflow_step_id
    FROM @installation@.tasker_core_parked AS parked
    WHERE parked.workflow_step_id > $1
    ORDER BY parked.workflow_step_id
    LIMIT $2
)
UNION
(
    SELECT attempted.workflow_step_id
    FROM @installation@.tasker_core_attempted AS attempted
    WHERE attempted.workflow_step_id > $1
    ORDER BY attempted.workflow_step_id
    LIMIT $2
)
UNION
(
    SELECT DISTINCT decision.workflow_step_id
    FROM @installation@.tasker_core_decisions AS decision
    WHERE decision.workflow_step_id > $1
    ORDER BY decision.workflow_step_id
    LIMIT $2
)
UNION
(
    SELECT DISTINCT timer.subject_id
    FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind = 'step'
      AND timer.subject_id > $1
    ORDER BY timer.subject_id
    LIMIT $2
)
ORDER BY 1
LIMIT $2;

-- name: queued_shares
-- The next steps in the fair queue, in the order of their ids.
SELECT DISTINCT queued.workflow_step_id
FROM @installation@.tasker_core_shares AS queued
WHERE queued.workflow_step_id > $1
ORDER BY queued.workflow_step_id
LIMIT $2;

-- name: open_tasks
-- The next tasks that are open and were created by $2, in the order of their ids. Found by when
-- they were created: the sum keeps the planner from going through all tasks in the order of the
-- result.
SELECT old.task_id
FROM (
    SELECT task.task_id
    FROM @installation@.tasker_core_tasks AS task
    WHERE task.created_at <= $2
      AND task.task_id + 0::int8 > $1
      AND task.state = ANY (ARRAY['pending', 'in_progress'])
    OFFSET 0
) AS old
ORDER BY old.task_id
LIMIT $3;

-- name: steps
-- Steps by filters, in the order of their ids, after $11, at most $12. NULL turns a filter off; the
-- statement is planned for the filters that are given. $2: the states that the caller asks for;
-- $10: those that the condition implies; $13: the steps to which the condition may apply.
SELECT
    step.workflow_step_id, step.task_id, namespace.name::pg_catalog.text,
    named_task.name::pg_catalog.text, named_task.version::pg_catalog.text,
    named_step.name::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text, transition.created_at, step.attempts,
    step.retry_limit, step.created_at, step.processed_at
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
WHERE ($1 IS NULL OR step.task_id OPERATOR(pg_catalog.=) $1)
  -- Where pending is not among the states, what is left of this is about transitions that there
  -- are.
  AND ($2 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($2) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $5)
  AND ($6 IS NULL OR named_step.name OPERATOR(pg_catalog.=) $6)
  -- Asked once: where there is no such name, no row is read.
  AND (($3 IS NULL AND $4 IS NULL AND $5 IS NULL) OR EXISTS (
      SELECT FROM @installation@.tasker_named_tasks AS known
      JOIN @installation@.tasker_task_namespaces AS known_namespace
          ON known_namespace.task_namespace_id OPERATOR(pg_catalog.=) known.task_namespace_id
      WHERE ($3 IS NULL OR known_namespace.name OPERATOR(pg_catalog.=) $3)
        AND ($4 IS NULL OR known.name OPERATOR(pg_catalog.=) $4)
        AND ($5 IS NULL OR known.version OPERATOR(pg_catalog.=) $5)
  ))
  AND ($6 IS NULL OR EXISTS (
      SELECT FROM @installation@.tasker_named_steps AS known
      WHERE known.name OPERATOR(pg_catalog.=) $6
  ))
  AND ($7 IS NULL OR step.created_at OPERATOR(pg_catalog.>=) $7)
  AND ($8 IS NULL
      OR transition.to_state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
      AND transition.created_at OPERATOR(pg_catalog.>=) $8)
  AND ($9 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND transition.created_at OPERATOR(pg_catalog.>=) $9)
  AND ($10 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($10) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($10))
  AND ($11 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.>) $11)
  AND ($13 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($13))
ORDER BY step.workflow_step_id
LIMIT $12;

-- name: siblings
-- The steps that share a parent with step $1, each with the number of shared parents, and whether
-- it has exactly the same parents.
WITH own AS (
    SELECT DISTINCT edge.from_step_id AS parent_id
    FROM @installation@.tasker_workflow_step_edges AS edge
    @of_visible_parent@
    WHERE edge.to_step_id OPERATOR(pg_catalog.=) $1
)
SELECT
    step.workflow_step_id, step.task_id, named_step.name::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text, shared.parents::pg_catalog.int4,
    shared.parents OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM own)
        AND shared.parents OPERATOR(pg_catalog.=) (
            SELECT pg_catalog.count(DISTINCT edge.from_step_id)
            FROM @installation@.tasker_workflow_step_edges AS edge
            @of_visible_parent@
            WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
        )
FROM (
    SELECT edge.to_step_id AS step_id, pg_catalog.count(DISTINCT edge.from_step_id) AS parents
    FROM own
    JOIN @installation@.tasker_workflow_step_edges AS edge
        ON edge.from_step_id OPERATOR(pg_catalog.=) own.parent_id
    WHERE edge.to_step_id OPERATOR(pg_catalog.<>) $1
    GROUP BY edge.to_step_id
) AS shared
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) shared.step_id
@of_visible_task@
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
ORDER BY step.workflow_step_id;

-- name: versions
-- The task templates of these names.
SELECT
    named_task.named_task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($1 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $2);

-- name: completion_stats
-- Sums up the steps of a task.
SELECT
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE step.is_done),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'in_progress'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'cancelled'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'pending'),
    pg_catalog.max(step.processed_at) FILTER (WHERE step.is_done),
    COALESCE(pg_catalog.bool_and(step.is_done), true)
FROM (
    SELECT
        COALESCE(transition.to_state, 'pending') AS state, step.processed_at,
        COALESCE(transition.to_state, 'pending')
            OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually']) AS is_done
    FROM @installation@.tasker_workflow_steps AS step
    LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
        ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
        AND transition.most_recent
    WHERE step.task_id OPERATOR(pg_catalog.=) $1
) AS step
HAVING EXISTS (SELECT FROM @installation@.tasker_tasks AS task
    WHERE task.task_id OPERATOR(pg_catalog.=) $1);

-- name: last_errors
-- How steps last failed: what the transition says, or what the engine keeps in the results.
SELECT
    step.workflow_step_id,
    @error_message@,
    @error_class@
FROM @installation@.tasker_workflow_steps AS step
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
    AND transition.to_state OPERATOR(pg_catalog.=) 'error'
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: parked_steps
-- The buckets that hold steps up.
SELECT parked.workflow_step_id, min(parked.bucket)
FROM @installation@.tasker_core_parked AS parked
WHERE parked.workflow_step_id = ANY ($1)
GROUP BY parked.workflow_step_id;

-- name: pause_of_task
-- When a task was paused, by which role, and why.
SELECT paused_at, paused_by, pause_reason
FROM @installation@.tasker_core_tasks
WHERE task_id = $1
  AND paused_at IS NOT NULL;

-- name: next_steps
-- The next $2 of one source after the first $3: the queue, what limits hold up, or the timers.
(
    SELECT hint.workflow_step_id, hint.task_id, 'queue', hint.rank, NULL::text
    FROM @installation@.tasker_core_hints AS hint
    WHERE $1 = 'queue'
    ORDER BY hint.rank
    LIMIT $2
    OFFSET $3
)
UNION ALL
(
    SELECT parked.workflow_step_id, parked.task_id, 'limit', parked.rank, parked.bucket
    FROM @installation@.tasker_core_parked AS parked
    WHERE $1 = 'limit'
    ORDER BY parked.rank
    LIMIT $2
    OFFSET $3
)
UNION ALL
(
    SELECT timer.subject_id, step.task_id, 'timer', timer.due_at, NULL
    FROM @installation@.tasker_core_timers AS timer
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = timer.subject_id
    WHERE $1 = 'timer'
      AND timer.kind = 'step'
    ORDER BY timer.due_at
    LIMIT $2
    OFFSET $3
);

-- name: names_of_visible_steps
-- The names of those steps that the caller may see.
SELECT step.workflow_step_id, step.task_id, named_task.name::pg_catalog.text,
    named_step.name::pg_catalog.text
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: failures
-- The failures since $1, most frequent first, at most $2 kinds. The transition contains the error
-- class, unless the engine wrote it: then it is the class in the results, which is that of the
-- step's last failure. Releasing a step is not a failure.
SELECT
    failure.namespace, failure.task_name, failure.name, failure.error_class,
    pg_catalog.count(*), pg_catalog.count(DISTINCT failure.workflow_step_id),
    pg_catalog.count(DISTINCT failure.task_id), pg_catalog.min(failure.failed_at),
    pg_catalog.max(failure.failed_at),
    (pg_catalog.array_agg(failure.message
        ORDER BY failure.failed_at DESC, failure.workflow_step_id DESC)
        FILTER (WHERE failure.message IS NOT NULL))[1],
    (pg_catalog.array_agg(failure.workflow_step_id
        ORDER BY failure.failed_at DESC, failure.workflow_step_id DESC))[1]
FROM (
    SELECT
        namespace.name::pg_catalog.text AS namespace, named_task.name::pg_catalog.text AS task_name,
        named_step.name::pg_catalog.text AS name,
        @error_class@ AS error_class,
        @error_message@ AS message,
        step.workflow_step_id, step.task_id, transition.created_at AS failed_at
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
    WHERE transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND NOT @is_release@
      AND transition.created_at OPERATOR(pg_catalog.>=) $1
) AS failure
GROUP BY failure.namespace, failure.task_name, failure.name, failure.error_class
ORDER BY pg_catalog.count(*) DESC, failure.namespace, failure.task_name, failure.name,
    failure.error_class
LIMIT $2;
