-- The queue: hints at steps that may be ready, ordered by rank.

-- name: rank_hints
-- Moves the hints of a task's steps forward. It skips hints that another session has locked.
UPDATE @installation@.tasker_core_hints
SET rank = rank - $2
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_hints AS queued
    WHERE @is_queued_of_task@
    FOR UPDATE SKIP LOCKED
));

-- name: rank_parked
-- Moves the parked hints of a task's steps forward. It skips hints that another session has locked.
UPDATE @installation@.tasker_core_parked
SET rank = rank - $2
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_parked AS queued
    WHERE @is_queued_of_task@
    FOR UPDATE SKIP LOCKED
));

-- name: take_hints
-- Takes the next hints in order. It skips hints that another session has locked, and steps that a
-- limit delays ($4, $5).
SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.named_task_id,
    queued.named_step_id, queued.xmin, queued.task_id
FROM @installation@.tasker_core_hints AS queued
WHERE @may_take@
ORDER BY queued.rank
LIMIT $1
@lock@;

-- name: take_hints_of_steps
-- The next hints at steps of these names, so many of each, in order, but for what is held up anyway
-- ($4, $5); $7 empty: in tasks of any name.
SELECT hint.workflow_step_id, hint.cause_id, hint.rank, hint.named_task_id, hint.named_step_id,
    hint.writer,
    hint.task_id
FROM unnest($6) AS wanted (named_step_id)
CROSS JOIN LATERAL (
    SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.named_task_id,
        queued.named_step_id,
        queued.xmin AS writer, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.named_step_id = wanted.named_step_id
      AND @may_take@
      AND (cardinality($7) = 0
           OR queued.named_task_id = ANY ($7))
    ORDER BY queued.rank
    LIMIT $1
    @lock@
) AS hint
ORDER BY hint.rank;

-- name: take_hints_of_tasks
-- The next hints at steps in tasks of these names, so many of each, in order, but for what is held
-- up anyway ($4, $5).
SELECT hint.workflow_step_id, hint.cause_id, hint.rank, hint.named_task_id, hint.named_step_id,
    hint.writer,
    hint.task_id
FROM unnest($6) AS wanted (named_task_id)
CROSS JOIN LATERAL (
    SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.named_task_id,
        queued.named_step_id,
        queued.xmin AS writer, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.named_task_id = wanted.named_task_id
      AND @may_take@
    ORDER BY queued.rank
    LIMIT $1
    @lock@
) AS hint
ORDER BY hint.rank;

-- name: take_hints_at
-- Takes the hints for these steps. It skips hints that another session has locked.
SELECT workflow_step_id, cause_id, xmin, task_id
FROM @installation@.tasker_core_hints
WHERE workflow_step_id = ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: drop_hints
-- Deletes hints that were read and whose steps are not ready. Keeps all others: a hint that came in
-- the meantime stands for a parent that was not visible.
DELETE FROM @installation@.tasker_core_hints AS hint
USING unnest($1, $2) AS seen (workflow_step_id, cause_id)
WHERE hint.workflow_step_id = seen.workflow_step_id
  AND hint.cause_id = seen.cause_id;

-- name: named_steps
-- The named steps of a filter: with these names and systems, but not with those; NULL: any, and
-- none.
SELECT named_step.named_step_id
FROM @installation@.tasker_named_steps AS named_step
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id = named_step.dependent_system_id
WHERE ($1 IS NULL OR named_step.name = ANY ($1))
  AND ($2 IS NULL OR dependent_system.name = ANY ($2))
  AND ($3 IS NULL OR NOT named_step.name = ANY ($3))
  AND ($4 IS NULL OR NOT dependent_system.name = ANY ($4));

-- name: unknown_names
-- Names that a filter mentions and that do not exist: of namespaces, task types, a version, steps,
-- systems. NULL: none.
SELECT 'namespace', wanted.name
FROM pg_catalog.unnest($1) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS namespace
    WHERE namespace.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'task', wanted.name
FROM pg_catalog.unnest($2) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_tasks AS named_task
    WHERE named_task.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'version', wanted.name
FROM (VALUES ($3)) AS wanted (name)
WHERE wanted.name IS NOT NULL AND NOT EXISTS (
    SELECT FROM @installation@.tasker_named_tasks AS named_task
    WHERE named_task.version OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'step', wanted.name
FROM pg_catalog.unnest($4) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'dependent system', wanted.name
FROM pg_catalog.unnest($5) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS dependent_system
    WHERE dependent_system.name OPERATOR(pg_catalog.=) wanted.name
);

-- name: named_tasks
-- The named tasks of a filter: with these namespaces, names and version, but not with those; NULL:
-- any, and none.
SELECT named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id = named_task.task_namespace_id
WHERE ($1 IS NULL OR namespace.name = ANY ($1))
  AND ($2 IS NULL OR named_task.name = ANY ($2))
  AND ($3 IS NULL OR named_task.version = $3)
  AND ($4 IS NULL OR NOT namespace.name = ANY ($4))
  AND ($5 IS NULL OR NOT named_task.name = ANY ($5));

-- name: put_own_hints
-- Hints at steps that may have become ready by themselves: new ones, retried ones, released ones.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id,
    named_task_id, rank)
SELECT step.workflow_step_id, step.workflow_step_id, step.task_id, step.named_step_id,
    task.named_task_id,
       $2 - ($3 * task.priority::float8)
FROM @installation@.tasker_core_steps AS step
JOIN @installation@.tasker_core_tasks AS task ON task.task_id = step.task_id
WHERE step.workflow_step_id = ANY ($1)
  AND (step.state = 'pending' OR step.state = 'error')
  AND NOT step.in_process
  AND NOT step.processed
ON CONFLICT DO NOTHING
RETURNING workflow_step_id, named_task_id, named_step_id;

-- name: put_hints
-- Hints at steps, each with what caused it.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id,
    named_task_id, rank)
SELECT hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id, hint.named_task_id,
       $7 - ($8 * hint.priority::float8)
FROM ROWS FROM (
    unnest($1), unnest($2), unnest($3), unnest($4), unnest($5),
    unnest($6)
) AS hint (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, priority)
ON CONFLICT DO NOTHING;

-- name: forget_hints
-- Deletes the hints of claimed steps. It leaves hints that another session has locked to that
-- session.
DELETE FROM @installation@.tasker_core_hints
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.workflow_step_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: forget_steps
-- Deletes steps that have moved on from the queues. It leaves rows that another session has locked
-- to that session, which will find that there is nothing to do.
WITH hint AS (
    DELETE FROM @installation@.tasker_core_hints
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.workflow_step_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
), parked AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_parked AS queued
        WHERE queued.workflow_step_id = ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_timers
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.kind = 'step'
      AND queued.subject_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: forget_task
-- Deletes a task from the queues. It leaves rows that another session has locked to that session,
-- which is deleting them.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.kind = 'task'
      AND queued.subject_id = $1
    FOR UPDATE SKIP LOCKED
));

-- name: forget_waiting_children
-- These steps have got parents: those with an unfinished one are no longer worth a look, its end
-- will bring a hint.
DELETE FROM @installation@.tasker_core_hints
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.workflow_step_id = ANY ($1)
      AND EXISTS (
          SELECT FROM @installation@.tasker_core_steps AS child
          JOIN @installation@.tasker_core_steps AS parent
              ON parent.workflow_step_id = ANY (child.parent_step_ids)
          WHERE child.workflow_step_id = queued.workflow_step_id
            AND NOT child.has_rule
            AND parent.state <> ALL (ARRAY['complete', 'resolved_manually'])
      )
    FOR UPDATE OF queued SKIP LOCKED
))
RETURNING workflow_step_id;
