-- Timers: at what time a step, a task, a schedule or a bucket of a limit must be looked at again.

-- name: take_due_timers
-- Takes due timers from the queue, and skips those that another session is taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.due_at <= $1
    ORDER BY queued.due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
))
RETURNING kind, subject_id;

-- name: take_due_timers_of
-- Takes the due timers of these subjects from the queue, and skips those that another session is
-- taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM unnest($2, $3) AS wanted (kind, subject_id)
    JOIN @installation@.tasker_core_timers AS queued
        ON queued.kind = wanted.kind
        AND queued.subject_id = wanted.subject_id
    WHERE queued.due_at <= $1
    FOR UPDATE OF queued SKIP LOCKED
))
RETURNING kind, subject_id;

-- name: see_due_timers
-- Steps and tasks whose time has come, each with its task, in their order.
SELECT timer.kind, timer.subject_id, COALESCE(step.task_id, timer.subject_id)
FROM @installation@.tasker_core_timers AS timer
LEFT JOIN @installation@.tasker_core_steps AS step
    ON timer.kind = 'step'
    AND step.workflow_step_id = timer.subject_id
WHERE timer.due_at <= $1
  AND (timer.kind = 'task' OR step.task_id IS NOT NULL)
ORDER BY timer.due_at;

-- name: see_due_buckets
-- Buckets whose time has come.
SELECT timer.kind, timer.subject_id
FROM @installation@.tasker_core_timers AS timer
WHERE timer.due_at <= $1
  AND timer.kind <> ALL (ARRAY['step', 'task', 'schedule'])
ORDER BY timer.due_at
LIMIT $2;

-- name: put_timer
-- Sets a timer for this step, task or schedule.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: put_task_timer
-- Sets a timer for this task, unless it is gone: a cascading DELETE deletes the steps after the
-- task.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT 'task', task.task_id, $2
FROM @installation@.tasker_core_tasks AS task
WHERE task.task_id = $1
ON CONFLICT DO NOTHING;

-- name: put_stale_timer
-- Sets a timer for a step in progress without a lease, to check whether its worker is still alive.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT 'step', $1, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_leases WHERE workflow_step_id = $1
)
ON CONFLICT DO NOTHING;
