-- Offers tasks to schedulers: which ones can be finalized, and who has a lease on them.

-- name: end_offers
-- What schedulers have been handed and have not dealt with in time is anybody's again.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
), ending AS (
    UPDATE @installation@.tasker_core_endings
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_endings AS queued
        WHERE queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_task_leases
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_task_leases AS queued
    WHERE queued.lease_until OPERATOR(pg_catalog.<=) $1
    ORDER BY queued.lease_until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
));

-- name: take_offers
-- The next hints in order whose tasks are no scheduler's, past what somebody else is looking at.
SELECT task_id, workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_hints
WHERE offered_until OPERATOR(pg_catalog.=) '-infinity'
  AND (pg_catalog.cardinality($2) OPERATOR(pg_catalog.=) 0
       OR NOT task_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($2)))
ORDER BY rank
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: take_endings
-- Likewise the tasks that may be over, in the order in which they were.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE offered_until OPERATOR(pg_catalog.=) '-infinity'
  AND (pg_catalog.cardinality($2) OPERATOR(pg_catalog.=) 0
       OR NOT task_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($2)))
ORDER BY noted_at
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: see_offers
-- The next hints in order whose tasks are no scheduler's: their steps and tasks.
SELECT pg_catalog.array_agg(hint.workflow_step_id), pg_catalog.array_agg(hint.task_id)
FROM (
    SELECT queued.workflow_step_id, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.offered_until OPERATOR(pg_catalog.=) '-infinity'
    ORDER BY queued.rank
    LIMIT $1
) AS hint;

-- name: see_endings
-- The next tasks that may be over, in the order in which they were, and are no scheduler's.
SELECT pg_catalog.array_agg(ending.task_id)
FROM (
    SELECT queued.task_id
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.offered_until OPERATOR(pg_catalog.=) '-infinity'
    ORDER BY queued.noted_at
    LIMIT $1
) AS ending;

-- name: ended_task_leases
-- Tasks that schedulers have been handed and have not dealt with in time.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE lease_until OPERATOR(pg_catalog.<=) $1
ORDER BY lease_until;

-- name: end_offers_of
-- If schedulers have been handed these tasks and have not dealt with them in time, they are anybody's again.
WITH task AS MATERIALIZED (
    DELETE FROM @installation@.tasker_core_task_leases
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_task_leases AS queued
        WHERE queued.task_id OPERATOR(pg_catalog.=) ANY ($1)
          AND queued.lease_until OPERATOR(pg_catalog.<=) $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING task_id
), hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY (ARRAY(
            SELECT step.workflow_step_id
            FROM @installation@.tasker_core_steps AS step
            WHERE step.task_id OPERATOR(pg_catalog.=) ANY ($1)
        ))
          AND queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $2
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = '-infinity'
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) ANY ($1)
      AND queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
      AND queued.offered_until OPERATOR(pg_catalog.<=) $2
    FOR UPDATE SKIP LOCKED
));

-- name: take_endings_of
-- What says that these tasks may be over, but for what somebody else is looking at.
SELECT task_id, noted_by, xmin
FROM @installation@.tasker_core_endings
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
  AND offered_until OPERATOR(pg_catalog.=) '-infinity'
FOR UPDATE SKIP LOCKED;

-- name: drop_endings
-- A task is not over. Only what has been looked at goes: another note stands for what was not visible.
DELETE FROM @installation@.tasker_core_endings
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND noted_by OPERATOR(pg_catalog.=) ANY ($2);

-- name: lock_offers
-- Those of these tasks that no other scheduler is just being handed; locked until the transaction ends. Nobody waits.
-- There are 2,048 locks, so that no call fills the lock table: a task that shares one is passed over until the other call has ended.
SELECT wanted.task_id
FROM pg_catalog.unnest($1) AS wanted (task_id)
WHERE pg_catalog.pg_try_advisory_xact_lock(
    $2 OPERATOR(pg_catalog.+) (wanted.task_id OPERATOR(pg_catalog.&) 2047));

-- name: lock_task_leases
-- Which of these tasks are a scheduler's, and until when, but for those that somebody is just giving back.
SELECT task_id, lease_until
FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: task_leases
-- Which of these tasks are or were a scheduler's.
SELECT task_id
FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: put_task_lease
-- Hands a task to a scheduler. The caller has locked the lease that may be there.
INSERT INTO @installation@.tasker_core_task_leases (task_id, scheduler, reason, handed_at, lease_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (task_id) DO UPDATE SET
    scheduler = EXCLUDED.scheduler,
    reason = EXCLUDED.reason,
    handed_at = EXCLUDED.handed_at,
    lease_until = EXCLUDED.lease_until;

-- name: end_task_lease
-- A scheduler gives a task back, if it is his.
DELETE FROM @installation@.tasker_core_task_leases
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND scheduler OPERATOR(pg_catalog.=) $2;

-- name: offer_task
-- Until then no scheduler is offered the task for what is known of it now; what somebody else is looking at he will see to.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = $2
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.task_id OPERATOR(pg_catalog.=) $1
          AND queued.workflow_step_id OPERATOR(pg_catalog.=) ANY (ARRAY(
              SELECT step.workflow_step_id
              FROM @installation@.tasker_core_steps AS step
              WHERE step.task_id OPERATOR(pg_catalog.=) $1
          ))
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = $2
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
));

-- name: note_ending
-- A task is over, as this transaction sees it. Its number keeps those apart who find so at once.
INSERT INTO @installation@.tasker_core_endings (task_id, noted_by, noted_at)
VALUES ($1, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8, $2)
ON CONFLICT DO NOTHING;

-- name: forget_endings
-- A task has been ended, or is gone. What somebody else is looking at he will drop himself.
DELETE FROM @installation@.tasker_core_endings
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
));
