-- Timers: at what time a step or a bucket of a limit must be looked at again.

-- name: take_due_timers
-- Takes what is due out of the queue, past what somebody else is taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.due_at OPERATOR(pg_catalog.<=) $1
    ORDER BY queued.due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
))
RETURNING kind, subject_id;

-- name: take_due_timers_of
-- Takes what is due of these out of the queue, past what somebody else is taking.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS wanted (kind, subject_id)
    JOIN @installation@.tasker_core_timers AS queued
        ON queued.kind OPERATOR(pg_catalog.=) wanted.kind
        AND queued.subject_id OPERATOR(pg_catalog.=) wanted.subject_id
    WHERE queued.due_at OPERATOR(pg_catalog.<=) $1
    FOR UPDATE OF queued SKIP LOCKED
))
RETURNING kind, subject_id;

-- name: see_due_timers
-- Steps and tasks whose time has come, each with its task, in their order.
SELECT timer.kind, timer.subject_id, COALESCE(step.task_id, timer.subject_id)
FROM @installation@.tasker_core_timers AS timer
LEFT JOIN @installation@.tasker_core_steps AS step
    ON timer.kind OPERATOR(pg_catalog.=) 'step'
    AND step.workflow_step_id OPERATOR(pg_catalog.=) timer.subject_id
WHERE timer.due_at OPERATOR(pg_catalog.<=) $1
  AND (timer.kind OPERATOR(pg_catalog.=) 'task' OR step.task_id IS NOT NULL)
ORDER BY timer.due_at;

-- name: see_due_buckets
-- Buckets whose time has come.
SELECT timer.kind, timer.subject_id
FROM @installation@.tasker_core_timers AS timer
WHERE timer.due_at OPERATOR(pg_catalog.<=) $1
  AND timer.kind OPERATOR(pg_catalog.<>) ALL (ARRAY['step', 'task'])
ORDER BY timer.due_at
LIMIT $2;

-- name: put_timer
-- Somebody has to look at this step or task again at that time.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: put_stale_timer
-- A step is in progress without a lease: in time somebody has to look whether its worker is still alive.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT 'step', $1, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_leases WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
)
ON CONFLICT DO NOTHING;
