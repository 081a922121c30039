-- Offers tasks to schedulers: which ones can be finalized, and who has a lease on them.

-- name: end_offers
-- Makes tasks available again that schedulers have not handled in time.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.offered_until > '-infinity'
          AND queued.offered_until <= $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
), ending AS (
    UPDATE @installation@.tasker_core_endings
    SET offered_until = '-infinity'
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_endings AS queued
        WHERE queued.offered_until > '-infinity'
          AND queued.offered_until <= $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_task_leases
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_task_leases AS queued
    WHERE queued.lease_until <= $1
    ORDER BY queued.lease_until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
));

-- name: take_offers
-- Takes the next hints in order whose tasks no scheduler has, and skips hints that another session
-- has locked.
SELECT task_id, workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_hints
WHERE offered_until = '-infinity'
  AND (cardinality($2) = 0
       OR NOT task_id = ANY (SELECT unnest($2)))
ORDER BY rank
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: take_endings
-- Takes notes about tasks that may have ended, in order, if no scheduler has the task, and skips
-- notes that another session has locked.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE offered_until = '-infinity'
  AND (cardinality($2) = 0
       OR NOT task_id = ANY (SELECT unnest($2)))
ORDER BY noted_at
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: see_offers
-- The next hints in order whose tasks no scheduler has a lease on: arrays of their steps and tasks.
SELECT array_agg(hint.workflow_step_id), array_agg(hint.task_id)
FROM (
    SELECT queued.workflow_step_id, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.offered_until = '-infinity'
    ORDER BY queued.rank
    LIMIT $1
) AS hint;

-- name: see_endings
-- The next tasks that may be over and that no scheduler has a lease on, in the order in which they
-- were noted.
SELECT array_agg(ending.task_id)
FROM (
    SELECT queued.task_id
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.offered_until = '-infinity'
    ORDER BY queued.noted_at
    LIMIT $1
) AS ending;

-- name: ended_task_leases
-- The tasks on which the lease of a scheduler has run out.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE lease_until <= $1
ORDER BY lease_until;

-- name: end_offers_of
-- Makes these tasks available again if schedulers have not handled them in time.
WITH task AS MATERIALIZED (
    DELETE FROM @installation@.tasker_core_task_leases
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_task_leases AS queued
        WHERE queued.task_id = ANY ($1)
          AND queued.lease_until <= $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING task_id
), hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.workflow_step_id = ANY (ARRAY(
            SELECT step.workflow_step_id
            FROM @installation@.tasker_core_steps AS step
            WHERE step.task_id = ANY ($1)
        ))
          AND queued.offered_until > '-infinity'
          AND queued.offered_until <= $2
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = '-infinity'
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id = ANY ($1)
      AND queued.offered_until > '-infinity'
      AND queued.offered_until <= $2
    FOR UPDATE SKIP LOCKED
));

-- name: take_endings_of
-- Takes the notes that these tasks may have ended, and skips notes that another session has locked.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE task_id = ANY ($1)
  AND offered_until = '-infinity'
FOR UPDATE SKIP LOCKED;

-- name: drop_endings
-- A task is not over. Deletes only the notes that were read: another one may stand for a change
-- that was not visible.
DELETE FROM @installation@.tasker_core_endings
WHERE task_id = $1
  AND noted_by = ANY ($2);

-- name: lock_offers
-- Locks, until the transaction ends, those of these tasks that no other session is handing to a
-- scheduler. It never waits. There are 2,048 locks, so that no call fills the lock table: a task
-- that shares a lock is skipped until the other call has ended.
SELECT wanted.task_id
FROM unnest($1) AS wanted (task_id)
WHERE pg_try_advisory_xact_lock(
    $2 + (wanted.task_id & 2047));

-- name: lock_task_leases
-- Locks the leases of these tasks, except those that a scheduler is just giving back.
SELECT task_id, lease_until
FROM @installation@.tasker_core_task_leases
WHERE task_id = ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: task_leases
-- The current and former leases of these tasks.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE task_id = ANY ($1);

-- name: put_task_lease
-- Gives a scheduler a lease on a task. The caller has locked the lease that may be there.
INSERT INTO @installation@.tasker_core_task_leases (task_id, scheduler, reason, handed_at,
    lease_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (task_id) DO UPDATE SET
    scheduler = EXCLUDED.scheduler,
    reason = EXCLUDED.reason,
    handed_at = EXCLUDED.handed_at,
    lease_until = EXCLUDED.lease_until;

-- name: end_task_lease
-- Ends the lease of a task, if this scheduler has it.
DELETE FROM @installation@.tasker_core_task_leases
WHERE task_id = $1
  AND scheduler = $2;

-- name: offer_task
-- Hides the known hints of a task from other schedulers until a time. It skips hints that another
-- session has locked; that session handles them.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = $2
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE @is_queued_of_task@
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = $2
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id = $1
    FOR UPDATE SKIP LOCKED
));

-- name: note_ending
-- Notes that a task is over, as this transaction sees it. Its number tells sessions apart that note
-- it at the same time.
INSERT INTO @installation@.tasker_core_endings (task_id, noted_by, noted_at)
VALUES ($1, pg_current_xact_id()::text::int8, $2)
ON CONFLICT DO NOTHING;

-- name: forget_endings
-- Deletes the notes of a task that was ended or deleted. It skips notes that another session has
-- locked; that session deletes them.
DELETE FROM @installation@.tasker_core_endings
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id = $1
    FOR UPDATE SKIP LOCKED
));
