-- Keeps the side rows as the rows of the engine change. The triggers run these statements.

-- name: put_attempted
-- These steps are in error, or pending and not as they were created.
INSERT INTO @installation@.tasker_core_attempted (workflow_step_id)
SELECT unnest($1)
ON CONFLICT DO NOTHING;

-- name: drop_attempted
-- These steps are either as they were created, or past being pending and in error.
DELETE FROM @installation@.tasker_core_attempted
WHERE workflow_step_id = ANY ($1);

-- name: attempted_after
-- The next such steps, in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_core_attempted
WHERE workflow_step_id > $1
ORDER BY workflow_step_id
LIMIT $2;

-- name: put_steps
-- Writes the side rows of these steps afresh; steps that do not exist are passed over.
INSERT INTO @installation@.tasker_core_steps (
    @step_columns@
)
@step_facts@
WHERE step.workflow_step_id = ANY ($1)
ON CONFLICT (workflow_step_id) DO UPDATE SET
    @set_step_columns@;

-- name: put_tasks
-- Writes the side rows of these tasks afresh, all but the priority, which is ours.
INSERT INTO @installation@.tasker_core_tasks (task_id, named_task_id, state, state_since,
    created_at)
@task_facts@
WHERE task.task_id = ANY ($1)
ON CONFLICT (task_id) DO UPDATE SET
    @set_task_columns@;

-- name: follow_steps
-- Carries steps that we have moved ourselves over to their side rows: the columns of theirs, and
-- the state that they have entered. -1: the wait after a failure is not named.
UPDATE @installation@.tasker_core_steps AS side
SET @own_step_columns@,
    state = $2,
    state_since = $3,
    backoff_seconds = NULLIF(moved.backoff_seconds, -1)
FROM unnest($1, $4) AS moved (workflow_step_id, backoff_seconds)
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id = moved.workflow_step_id
WHERE side.workflow_step_id = moved.workflow_step_id
RETURNING
    @side_step_columns@;

-- name: set_step_columns
-- Follows a change of a step's own row. State and parents are other writers' columns and stay.
UPDATE @installation@.tasker_core_steps AS side
SET @own_step_columns@
FROM @installation@.tasker_workflow_steps AS step
WHERE side.workflow_step_id = $1
  AND step.workflow_step_id = $1
RETURNING
    @side_step_columns@;

-- name: enter_step_state
-- Follows a transition that has become the current one; the unique index on current transitions
-- makes it the only one.
UPDATE @installation@.tasker_core_steps
SET state = transition.to_state,
    state_since = $3,
    backoff_seconds = @named_wait@
FROM (SELECT $2 AS to_state, $4 AS metadata) AS transition
WHERE workflow_step_id = $1
RETURNING
    @step_columns@;

-- name: previous_step_state
-- The state before a transition is that of the transition with the next lower sort_key: while the
-- state machine library inserts, none is current.
SELECT to_state::text
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id = $1
  AND sort_key < $2
ORDER BY sort_key DESC
LIMIT 1;

-- name: previous_task_state
-- The state before a transition is that of the transition with the next lower sort_key: while the
-- state machine library inserts, none is current.
SELECT to_state::text
FROM @installation@.tasker_task_transitions
WHERE task_id = $1
  AND sort_key < $2
ORDER BY sort_key DESC
LIMIT 1;

-- name: leave_step_state
-- Follows a current transition that is no longer so: until the next one comes, the step reads as
-- pending.
UPDATE @installation@.tasker_core_steps
SET state = 'pending',
    state_since = NULL,
    backoff_seconds = NULL
WHERE workflow_step_id = $1;

-- name: set_step_state
-- Follows a change of a step's current transition.
UPDATE @installation@.tasker_core_steps AS side
SET state = COALESCE(facts.state, 'pending'),
    state_since = facts.state_since,
    backoff_seconds = facts.backoff_seconds
FROM (SELECT 1) AS one_row
LEFT JOIN (
    SELECT transition.to_state AS state, transition.created_at AS state_since,
        @named_wait@ AS backoff_seconds
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id = $1
      AND transition.most_recent
    ORDER BY transition.sort_key + 0 DESC
    LIMIT 1
) AS facts ON true
WHERE side.workflow_step_id = $1;

-- name: set_step_parents
-- Follows changes of the edges into these steps, whose side rows the caller has locked: only a
-- snapshot taken after the lock shows every edge that others committed.
UPDATE @installation@.tasker_core_steps AS side
SET parent_step_ids = COALESCE(
    (
        SELECT array_agg(edge.from_step_id::int8 ORDER BY edge.from_step_id)
        FROM @installation@.tasker_workflow_step_edges AS edge
        WHERE edge.to_step_id = side.workflow_step_id
    ),
    '{}'
)
WHERE side.workflow_step_id = ANY ($1)
RETURNING side.workflow_step_id, side.task_id, side.parent_step_ids;

-- name: lock_step
-- Locks the side row of a step.
SELECT workflow_step_id
FROM @installation@.tasker_core_steps
WHERE workflow_step_id = $1
FOR NO KEY UPDATE;

-- name: lock_steps
-- Locks side rows, in the order of their ids so that two writers cannot wait for each other.
SELECT workflow_step_id, task_id, parent_step_ids
FROM @installation@.tasker_core_steps
WHERE workflow_step_id = ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE;

-- name: lock_current_transition
-- Locks a step's current transition before its side row: who writes transitions locks them in this
-- order.
SELECT id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id = $1
  AND most_recent
FOR NO KEY UPDATE;

-- name: new_steps
-- The steps that a statement inserted.
SELECT workflow_step_id
FROM new_rows;

-- name: new_edges
-- The edges that a statement inserted.
SELECT from_step_id, to_step_id, true AS is_new
FROM new_rows;

-- name: old_edges
-- The edges that a statement deleted.
SELECT from_step_id, to_step_id, false AS is_new
FROM old_rows;

-- name: changed_edges
-- The edges that a statement bent, as they were and as they are.
SELECT bent.from_step_id, bent.to_step_id, true AS is_new
FROM (SELECT id, from_step_id, to_step_id FROM new_rows EXCEPT SELECT id, from_step_id, to_step_id
    FROM old_rows) AS bent
UNION ALL
SELECT straight.from_step_id, straight.to_step_id, false AS is_new
FROM (SELECT id, from_step_id, to_step_id FROM old_rows EXCEPT SELECT id, from_step_id, to_step_id
    FROM new_rows) AS straight;

-- name: lock_graphs
-- Waits until no other session adds edges to the graphs of these locks, whose keys are in ascending
-- order.
SELECT pg_advisory_xact_lock(graph.key)
FROM unnest($1) AS graph (key);

-- name: edges_from_steps
-- The edges that begin at these steps.
SELECT from_step_id, to_step_id
FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id = ANY ($1);

-- name: parents_in_tasks
-- The steps of these tasks that have parents, and these.
SELECT workflow_step_id, parent_step_ids
FROM @installation@.tasker_core_steps
WHERE task_id = ANY ($1)
  AND cardinality(parent_step_ids) > 0;

-- name: delete_step
-- A step was deleted.
DELETE FROM @installation@.tasker_core_steps
WHERE workflow_step_id = $1;

-- name: delete_task
-- A task was deleted, and no scheduler has it any more.
WITH task_lease AS (
    DELETE FROM @installation@.tasker_core_task_leases
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_task_leases AS queued
        WHERE queued.task_id = $1
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_tasks
WHERE task_id = $1;

-- name: truncate_steps
-- The table of steps was truncated: what is stored about steps goes with it.
TRUNCATE @installation@.tasker_core_steps, @installation@.tasker_core_leases,
    @installation@.tasker_core_hints,
    @installation@.tasker_core_timers, @installation@.tasker_core_holds,
    @installation@.tasker_core_parked,
    @installation@.tasker_core_rules, @installation@.tasker_core_decisions,
    @installation@.tasker_core_attempted;

-- name: truncate_tasks
-- The table of tasks was truncated: what is stored about tasks goes with it.
TRUNCATE @installation@.tasker_core_tasks, @installation@.tasker_core_endings,
    @installation@.tasker_core_task_leases,
    @installation@.tasker_core_signals;

-- name: forget_step_states
-- All step transitions are gone: every step is pending.
UPDATE @installation@.tasker_core_steps
SET state = 'pending',
    state_since = NULL,
    backoff_seconds = NULL
WHERE state_since IS NOT NULL;

-- name: forget_step_parents
-- All edges are gone: no step has parents.
UPDATE @installation@.tasker_core_steps
SET parent_step_ids = '{}'
WHERE cardinality(parent_step_ids) > 0
RETURNING workflow_step_id;

-- name: forget_task_states
-- All task transitions are gone: every task is pending.
UPDATE @installation@.tasker_core_tasks
SET state = 'pending',
    state_since = NULL
WHERE state_since IS NOT NULL;
