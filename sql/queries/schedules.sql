-- Schedules: which tasks are created by plan, and when.

-- name: lock
-- Locks a schedule ($1), and waits for the session that holds it.
SELECT
    @schedule_columns@
FROM @installation@.tasker_core_schedules
WHERE schedule = $1
FOR NO KEY UPDATE;

-- name: lock_free
-- Locks those of the schedules with these numbers that no other session holds, in the order of
-- their plan.
SELECT
    @schedule_columns@
FROM @installation@.tasker_core_schedules
WHERE schedule_id = ANY ($1)
ORDER BY due_at, schedule
FOR NO KEY UPDATE SKIP LOCKED;

-- name: existing
-- Those of these numbers that a schedule has.
SELECT schedule_id
FROM @installation@.tasker_core_schedules
WHERE schedule_id = ANY ($1);

-- name: overdue
-- The numbers and roles of the schedules that are due at $1: a timer should have led to them.
SELECT schedule_id, role
FROM @installation@.tasker_core_schedules
WHERE due_at <= $1
ORDER BY due_at
LIMIT $2;

-- name: see_due
-- The numbers and roles of the schedules whose timers are due.
SELECT kept.schedule_id, kept.role
FROM @installation@.tasker_core_timers AS timer
JOIN @installation@.tasker_core_schedules AS kept
    ON kept.schedule_id = timer.subject_id
WHERE timer.due_at <= $1
  AND timer.kind = 'schedule'
ORDER BY timer.due_at;

-- name: all
-- All schedules, each with the state of its last task.
SELECT
    @schedule_columns@,
    (
        SELECT task.state
        FROM @installation@.tasker_core_tasks AS task
        WHERE task.task_id = tasker_core_schedules.last_task_id
    )
FROM @installation@.tasker_core_schedules
ORDER BY schedule;

-- name: put
-- Stores a new schedule, unless there is one of this name. Its number cannot be guessed: tasks with
-- its identities are those of the schedule.
INSERT INTO @installation@.tasker_core_schedules (schedule, schedule_id, template, namespace,
    time_zone, context, options, overlap, catch_up, role, seal, defined_at)
VALUES (
    $1,
    ('x' || left(translate(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint,
    '', '', '', '{}', '{}', '', '', $2, '', $3
)
ON CONFLICT (schedule) DO NOTHING;

-- name: define
-- Defines a schedule ($1) that is locked.
UPDATE @installation@.tasker_core_schedules
SET template = $2, namespace = $3, version = $4, cron = $5, every = $6, time_zone = $7,
    context = $8, options = $9, overlap = $10, catch_up = $11, role = $12, seal = $13,
    first_at = $14, planned_at = $15, failures = 0, defined_at = $17,
    seen_at = CASE WHEN planned_at IS NOT DISTINCT FROM $15 THEN seen_at END,
    due_at = CASE
        WHEN paused_at IS NOT NULL THEN NULL
        -- It waits for the end of its last task.
        WHEN planned_at IS NOT DISTINCT FROM $15 AND failures = 0 AND seen_at IS NOT NULL
            THEN due_at
        ELSE $16
    END
WHERE schedule = $1;

-- name: is_same
-- Whether a schedule ($1) that is locked has these definitions: all, and those of its rhythm.
SELECT
    ROW (template, namespace, version, context, overlap, catch_up) IS NOT DISTINCT FROM
        ROW ($2, $3, $4, $5, $6, $7),
    ROW (cron, every, time_zone) IS NOT DISTINCT FROM ROW ($8, $9, $10),
    options IS NOT DISTINCT FROM $11
FROM @installation@.tasker_core_schedules
WHERE schedule = $1;

-- name: settle
-- Writes down what has become of a run of a schedule ($1) that is locked: its next run ($2, due at
-- $3, seen to be due at $4), the run that took place ($5, the task $6, their number $7), how many
-- were left out ($8) and missed ($9).
UPDATE @installation@.tasker_core_schedules
SET planned_at = $2, due_at = $3, seen_at = $4, last_run_at = COALESCE($5, last_run_at),
    last_task_id = COALESCE($6, last_task_id), runs = runs + $7, skipped = skipped + $8,
    missed = missed + $9, failures = CASE WHEN $7 > 0 THEN 0 ELSE failures END
WHERE schedule_id = $1;

-- name: settle_refusal
-- Writes down that a run of a schedule ($1) that is locked was refused: its planned time ($2), when
-- it is tried again ($3), how many were missed ($4), the error ($5) and when ($6).
UPDATE @installation@.tasker_core_schedules
SET planned_at = $2, due_at = $3, seen_at = NULL, missed = missed + $4, failures = failures + 1,
    last_error = $5, last_error_at = $6
WHERE schedule_id = $1;

-- name: note_trigger
-- Writes down that a schedule ($1) that is locked was triggered: the task ($2), and when ($3).
UPDATE @installation@.tasker_core_schedules
SET last_task_id = $2, last_run_at = $3, runs = runs + 1
WHERE schedule_id = $1;

-- name: pause
-- Pauses a schedule ($1) that is locked, at $2.
UPDATE @installation@.tasker_core_schedules
SET paused_at = $2, due_at = NULL, seen_at = NULL
WHERE schedule_id = $1;

-- name: resume
-- Ends the pause of a schedule ($1) that is locked; it is due at $2.
UPDATE @installation@.tasker_core_schedules
SET paused_at = NULL, due_at = $2, failures = 0
WHERE schedule_id = $1;

-- name: drop
-- Removes a schedule ($1) that is locked.
DELETE FROM @installation@.tasker_core_schedules
WHERE schedule_id = $1;
