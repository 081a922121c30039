-- Leases of steps: granted with a claim, extended by heartbeats, ended with the step.

-- name: lock_leases
-- Locks those of these steps' leases that no other session is extending or ending.
SELECT workflow_step_id, lease_until, claim_token, worker
FROM @installation@.tasker_core_leases
WHERE workflow_step_id = ANY ($1)
  AND ended_as IS NULL
FOR UPDATE SKIP LOCKED;

-- name: leased_steps
-- Those of these steps that have a lease.
SELECT workflow_step_id
FROM @installation@.tasker_core_leases
WHERE workflow_step_id = ANY ($1)
  AND ended_as IS NULL;

-- name: put_leases
-- Gives steps to a worker. A lease that a writer past the triggers left behind is no obstacle.
INSERT INTO @installation@.tasker_core_leases AS lease (
    workflow_step_id, task_id, claim_token, worker, attempt, claimed_at, lease_until, lease_length,
    due_at
)
SELECT step.workflow_step_id, step.task_id, given.claim_token, $2,
       COALESCE(step.attempts, 0) + 1, $3, $4, $5, $4
FROM unnest($1, $6) AS given (workflow_step_id, claim_token)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = given.workflow_step_id
ON CONFLICT (workflow_step_id) DO UPDATE SET
    task_id = EXCLUDED.task_id,
    claim_token = EXCLUDED.claim_token,
    worker = EXCLUDED.worker,
    attempt = EXCLUDED.attempt,
    claimed_at = EXCLUDED.claimed_at,
    lease_until = EXCLUDED.lease_until,
    lease_length = EXCLUDED.lease_length,
    due_at = EXCLUDED.due_at,
    heartbeat_at = NULL,
    progress = NULL,
    ended_as = NULL
RETURNING workflow_step_id;

-- name: due_leases
-- Steps whose leases may have run out, except $3, with their tasks. Takes no locks: the caller
-- locks the step first.
SELECT workflow_step_id, task_id
FROM @installation@.tasker_core_leases
WHERE due_at <= $1
  AND workflow_step_id <> ALL ($3)
ORDER BY due_at
LIMIT $2;

-- name: put_off_leases
-- Sets the time of the next check of leases that a heartbeat has extended.
UPDATE @installation@.tasker_core_leases
SET due_at = lease_until
WHERE workflow_step_id = ANY ($1);

-- name: trim_leases
-- Leases of cancelled steps whose workers have not asked in time.
DELETE FROM @installation@.tasker_core_leases AS lease
WHERE lease.ctid = ANY (ARRAY(
    SELECT ended.ctid
    FROM @installation@.tasker_core_leases AS ended
    WHERE ended.ended_as IS NOT NULL
      AND ended.lease_until < $1
    FOR UPDATE SKIP LOCKED
));

-- name: heartbeat
-- Extends the leases of locked steps, and never shortens them. It skips a lease that another
-- session is ending.
UPDATE @installation@.tasker_core_leases AS lease
SET lease_until = GREATEST(lease.lease_until, $2 + COALESCE($3, lease.lease_length)),
    heartbeat_at = $2,
    progress = COALESCE($4, lease.progress)
WHERE lease.ctid = ANY (ARRAY(
    SELECT held.ctid
    FROM @installation@.tasker_core_leases AS held
    WHERE held.claim_token = ANY ($1)
      AND held.workflow_step_id = ANY ($5)
      AND held.ended_as IS NULL
    FOR UPDATE SKIP LOCKED
));

-- name: leases_of_tokens
-- The state of the leases with these tokens, for the steps that they name; a lease that is gone has
-- no step.
SELECT named.claim_token, lease.workflow_step_id, lease.ended_as, lease.lease_until
FROM unnest($1, $2) AS named (claim_token, workflow_step_id)
LEFT JOIN @installation@.tasker_core_leases AS lease
    ON lease.workflow_step_id = named.workflow_step_id
    AND lease.claim_token = named.claim_token;

-- name: end_leases
-- Deletes the leases of steps that are no longer in progress.
DELETE FROM @installation@.tasker_core_leases
WHERE workflow_step_id = ANY ($1);

-- name: cancel_leases
-- The steps were cancelled: their workers are told so at their next heartbeat.
UPDATE @installation@.tasker_core_leases
SET ended_as = 'cancelled',
    due_at = 'infinity'
WHERE workflow_step_id = ANY ($1);
