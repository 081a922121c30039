-- The time limits of steps, and the deadlines of tasks.

-- name: put_limits
-- Stores the limits of new steps ($1, of the tasks $2): of an execution ($3), of a worker's silence
-- ($4), of the wait for a worker ($5). 0: none.
INSERT INTO @installation@.tasker_core_step_times (workflow_step_id, task_id, timeout_seconds,
    heartbeat_seconds, start_within_seconds)
SELECT new.workflow_step_id, new.task_id, nullif(new.timeout_seconds, 0),
    nullif(new.heartbeat_seconds, 0), nullif(new.start_within_seconds, 0)
FROM unnest($1, $2, $3, $4, $5) AS new (workflow_step_id, task_id, timeout_seconds,
    heartbeat_seconds, start_within_seconds)
ORDER BY new.workflow_step_id
ON CONFLICT (workflow_step_id) DO UPDATE SET
    task_id = EXCLUDED.task_id,
    timeout_seconds = EXCLUDED.timeout_seconds,
    heartbeat_seconds = EXCLUDED.heartbeat_seconds,
    start_within_seconds = EXCLUDED.start_within_seconds,
    claim_token = NULL,
    ends_at = NULL;

-- name: limits
-- The limits of these steps, and of those that run, the token of the execution and when it must
-- have ended.
SELECT workflow_step_id, timeout_seconds, heartbeat_seconds, start_within_seconds, claim_token,
    ends_at
FROM @installation@.tasker_core_step_times
WHERE workflow_step_id = ANY ($1);

-- name: begin_executions
-- Notes when the executions of claimed steps ($1, of the tasks $2, with the tokens $3) must have
-- ended ($4).
INSERT INTO @installation@.tasker_core_step_times AS kept (workflow_step_id, task_id, claim_token,
    ends_at)
SELECT claimed.workflow_step_id, claimed.task_id, claimed.claim_token, $4
FROM unnest($1, $2, $3) AS claimed (workflow_step_id, task_id, claim_token)
ORDER BY claimed.workflow_step_id
ON CONFLICT (workflow_step_id) DO UPDATE SET
    claim_token = EXCLUDED.claim_token,
    ends_at = EXCLUDED.ends_at;

-- name: cap_leases
-- No lease of these steps lasts longer than the execution may.
UPDATE @installation@.tasker_core_leases AS lease
SET lease_until = kept.ends_at,
    due_at = LEAST(lease.due_at, kept.ends_at)
FROM @installation@.tasker_core_step_times AS kept
WHERE lease.workflow_step_id = ANY ($1)
  AND kept.workflow_step_id = lease.workflow_step_id
  AND kept.claim_token = lease.claim_token
  AND kept.ends_at < lease.lease_until
  AND lease.ended_as IS NULL;

-- name: ended_executions
-- Those of the executions with these tokens ($1, of the steps $2) whose time is over at $3.
SELECT kept.claim_token
FROM unnest($1, $2) AS named (claim_token, workflow_step_id)
JOIN @installation@.tasker_core_step_times AS kept
    ON kept.workflow_step_id = named.workflow_step_id
    AND kept.claim_token = named.claim_token
WHERE kept.ends_at <= $3;

-- name: delete_limits
-- Steps are gone, and their limits with them. It waits for no other session.
DELETE FROM @installation@.tasker_core_step_times
WHERE ctid = ANY (ARRAY(
    SELECT kept.ctid
    FROM @installation@.tasker_core_step_times AS kept
    WHERE kept.workflow_step_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: truncate_limits
-- The table of steps was truncated.
TRUNCATE @installation@.tasker_core_step_times;

-- name: put_deadlines
-- Stores the deadline ($2) of new tasks ($1), and what happens then ($3).
INSERT INTO @installation@.tasker_core_deadlines (task_id, deadline_at, on_deadline)
SELECT new.task_id, $2, $3
FROM unnest($1) AS new (task_id)
ORDER BY new.task_id
ON CONFLICT (task_id) DO UPDATE SET
    deadline_at = EXCLUDED.deadline_at,
    on_deadline = EXCLUDED.on_deadline;

-- name: deadlines
-- The deadlines of tasks, and what happens then.
SELECT task_id, deadline_at, on_deadline
FROM @installation@.tasker_core_deadlines
WHERE task_id = ANY ($1);

-- name: delete_deadlines
-- Tasks are gone, or over, and their deadlines with them. A row that another session has locked is
-- left to that session.
DELETE FROM @installation@.tasker_core_deadlines
WHERE ctid = ANY (ARRAY(
    SELECT kept.ctid
    FROM @installation@.tasker_core_deadlines AS kept
    WHERE kept.task_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: truncate_deadlines
-- The table of tasks was truncated.
TRUNCATE @installation@.tasker_core_deadlines;

-- name: put_deadline_timers
-- Sets the timers of deadlines that have none, so that maintenance finds the deadlines.
WITH written AS (
    INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
    SELECT 'task', deadline.task_id, deadline.deadline_at
    FROM @installation@.tasker_core_deadlines AS deadline
    JOIN @installation@.tasker_core_tasks AS task
        ON task.task_id = deadline.task_id
    WHERE task.state = ANY (ARRAY['pending', 'in_progress'])
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_core_timers AS timer
          WHERE timer.kind = 'task'
            AND timer.subject_id = deadline.task_id
            AND timer.due_at >= deadline.deadline_at
      )
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS inserted
FROM written;

-- name: delete_orphaned_limits
-- Limits of steps that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_step_times AS kept
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_workflow_steps AS step
        WHERE step.workflow_step_id = kept.workflow_step_id
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: delete_orphaned_deadlines
-- Deadlines of tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_deadlines AS kept
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS task
        WHERE task.task_id = kept.task_id
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;
