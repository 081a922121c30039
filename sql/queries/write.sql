-- Moves steps and tasks from state to state, in the tables of the engine.

-- name: lock_step_row
-- Locks a step, first of all that is locked for it.
SELECT task_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE;

-- name: lock_step_rows
-- Locks steps, in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE;

-- name: lock_current_transitions
-- Locks the current transitions of steps whose rows are locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
ORDER BY workflow_step_id
FOR NO KEY UPDATE;

-- name: lock_free_step_rows
-- Locks those of these steps that no other session has locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_free_current_transitions
-- Locks those of these steps' current transitions that no other session has locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_facts
-- Locks the side rows of steps whose rows and current transitions are locked.
SELECT
    @step_columns@
FROM @installation@.tasker_core_steps
WHERE workflow_step_id = ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE;

-- name: lock_free_steps
-- Locks those of these side rows that no other session has locked.
SELECT
    @step_columns@
FROM @installation@.tasker_core_steps
WHERE workflow_step_id = ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED;

-- name: leave_step_states
-- The current transitions of these steps are so no longer: the first half of every move.
UPDATE @installation@.tasker_workflow_step_transitions
SET most_recent = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent;

-- name: enter_step_states
-- The new current transitions of steps that are locked: the second half of every move.
INSERT INTO @installation@.tasker_workflow_step_transitions (
    workflow_step_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
SELECT
    moved.workflow_step_id, $3, $4, moved.metadata,
    COALESCE(
        (
            SELECT transition.sort_key
            FROM @installation@.tasker_workflow_step_transitions AS transition
            WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) moved.workflow_step_id
            ORDER BY transition.sort_key DESC
            LIMIT 1
        ),
        0
    ) OPERATOR(pg_catalog.+) 10,
    true, $5, $5
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS moved (workflow_step_id, metadata)
RETURNING
    id, workflow_step_id, sort_key,
    -- Whether it is what we have written: a trigger may have changed it.
    most_recent AND to_state::pg_catalog.text OPERATOR(pg_catalog.=) $3
        AND created_at OPERATOR(pg_catalog.=) $5;

-- name: lock_task
-- Locks a task.
SELECT task_id
FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE;

-- name: lock_free_tasks
-- Locks those of these tasks that no other session has locked.
SELECT task_id
FROM @installation@.tasker_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_free_task_transitions
-- Locks those of these tasks' current transitions that no other session has locked.
SELECT task_id
FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
FOR NO KEY UPDATE SKIP LOCKED;

-- name: leave_task_state
-- The current transition of a task is so no longer.
UPDATE @installation@.tasker_task_transitions
SET most_recent = false,
    updated_at = $2
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND most_recent;

-- name: enter_task_state
-- The new current transition of a task that is locked.
INSERT INTO @installation@.tasker_task_transitions (
    task_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
SELECT
    $1, $2, $3, $4,
    COALESCE(
        (
            SELECT transition.sort_key
            FROM @installation@.tasker_task_transitions AS transition
            WHERE transition.task_id OPERATOR(pg_catalog.=) $1
            ORDER BY transition.sort_key DESC
            LIMIT 1
        ),
        0
    ) OPERATOR(pg_catalog.+) 10,
    true, $5, $5
RETURNING id, sort_key;

-- name: set_task_complete
-- Sets the column that the engine's finalizer writes beside the transition.
UPDATE @installation@.tasker_tasks
SET complete = true,
    updated_at = $2
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: hold_steps
-- Claimed steps are in process, so that the engine leaves them alone.
UPDATE @installation@.tasker_workflow_steps
SET in_process = true,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: complete_steps
-- The columns of steps that have done their work; results that are NULL leave what
-- is stored. A requested wait ends with the execution that it was requested for.
UPDATE @installation@.tasker_workflow_steps AS step
SET results = COALESCE(ended.results, step.results),
    attempts = ended.attempts,
    last_attempted_at = $4,
    backoff_request_seconds = NULL,
    processed = true,
    in_process = false,
    processed_at = $4,
    updated_at = $4
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    AS ended (workflow_step_id, results, attempts)
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ended.workflow_step_id;

-- name: fail_step
-- The columns of a step whose execution has failed. Without a wait requested this
-- time, none is left over from an earlier failure. What the step has left behind before stays,
-- unless both together are more than a jsonb value can hold (256 MB): the failure must be stored.
-- An object joined with an empty one is as large as it is when it is read.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE
        WHEN pg_catalog.jsonb_typeof(results) OPERATOR(pg_catalog.<>) 'object'
            OR results IS NULL THEN $2::pg_catalog.jsonb
        WHEN pg_catalog.pg_column_size(results OPERATOR(pg_catalog.||) '{}'::pg_catalog.jsonb)
            OPERATOR(pg_catalog.+) pg_catalog.pg_column_size($2::pg_catalog.jsonb)
                OPERATOR(pg_catalog.<) 250000000
            THEN results OPERATOR(pg_catalog.||) $2::pg_catalog.jsonb
        ELSE $2::pg_catalog.jsonb
            OPERATOR(pg_catalog.||) '{"earlier_results": "too large to be kept"}'::pg_catalog.jsonb
    END,
    attempts = $3,
    last_attempted_at = $4,
    backoff_request_seconds = $5,
    retryable = retryable AND $6,
    processed = false,
    in_process = false,
    updated_at = $4
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: let_go_steps
-- Clears the flag of these steps that a worker holds them; their used attempts stay.
UPDATE @installation@.tasker_workflow_steps
SET in_process = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: put_off_step
-- A step that is given back, and is not to run before so many seconds ($2) have passed: columns
-- that the engine looks at as well.
UPDATE @installation@.tasker_workflow_steps
SET in_process = false,
    last_attempted_at = $3,
    backoff_request_seconds = $2,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: resolve_step
-- The columns of a step that a person has settled. $2: whether there are results.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE WHEN $2 THEN $3 ELSE results END,
    processed = true,
    in_process = false,
    processed_at = $4,
    updated_at = $4
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: retry_step
-- The columns of a step that is to be executed again without further waiting.
UPDATE @installation@.tasker_workflow_steps
SET backoff_request_seconds = NULL,
    in_process = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: reset_step
-- The columns of a step that begins afresh. $2: a failure has made it not retryable, which is taken
-- back.
UPDATE @installation@.tasker_workflow_steps
SET attempts = 0,
    backoff_request_seconds = NULL,
    retryable = retryable OR $2,
    in_process = false,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: set_retry_limit
-- How many executions a step may have.
UPDATE @installation@.tasker_workflow_steps
SET retry_limit = $2,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: set_task_pause
-- Pauses a task, or resumes it ($2 NULL). A task that is paused already keeps its time, role and
-- reason.
UPDATE @installation@.tasker_core_tasks
SET paused_at = CASE WHEN $2 IS NOT NULL THEN COALESCE(paused_at, $2) END,
    paused_by = CASE WHEN $2 IS NULL THEN NULL WHEN paused_at IS NULL THEN $3 ELSE paused_by END,
    pause_reason = CASE WHEN $2 IS NULL THEN NULL WHEN paused_at IS NULL THEN $4
        ELSE pause_reason END
WHERE task_id = $1;

-- name: set_task_priority
-- How urgent a task is.
UPDATE @installation@.tasker_core_tasks
SET priority = $2
WHERE task_id = $1;

-- name: annotate_task
-- Annotates a task; a type that is not there yet is added. No row when another session has just
-- added it.
WITH known AS (
    SELECT kind.annotation_type_id
    FROM @installation@.tasker_annotation_types AS kind
    WHERE kind.name OPERATOR(pg_catalog.=) $2
), added AS (
    INSERT INTO @installation@.tasker_annotation_types (name, created_at, updated_at)
    SELECT $2, $4, $4
    WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING
    RETURNING annotation_type_id
)
INSERT INTO @installation@.tasker_task_annotations (task_id, annotation_type_id, annotation,
    created_at, updated_at)
SELECT $1, kind.annotation_type_id, $3, $4, $4
FROM (SELECT annotation_type_id FROM known UNION ALL SELECT annotation_type_id FROM added) AS kind
RETURNING task_annotation_id;

-- name: lock_free_task_facts
-- Locks those of these tasks' side rows that no other session has locked. With a snapshot from
-- before the task was moved, this raises 40001; the next transition would be a unique violation.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE task_id = ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED;

-- name: lock_task_facts
-- Locks the side row of a task whose row and current transition are locked.
SELECT task_id
FROM @installation@.tasker_core_tasks
WHERE task_id = $1
FOR NO KEY UPDATE;

-- name: lock_task_transition
-- Locks the current transition of a task whose row is locked.
SELECT task_id
FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND most_recent
FOR NO KEY UPDATE;
