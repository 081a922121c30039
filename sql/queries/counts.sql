-- Counts of steps and tasks by state, spread over rows that sessions can write at the same time.

-- name: add_to_free
-- Adds to the first row of counts that no other session is writing. So no session waits, and there
-- are as many rows as have ever been written at once. The row is found by its key, not by its ctid:
-- the locked row may be newer than the snapshot of this statement.
UPDATE @installation@.tasker_core_counts
SET fresh = fresh + $2,
    pending = pending + $3,
    in_progress = in_progress + $4,
    complete = complete + $5,
    error = error + $6,
    cancelled = cancelled + $7,
    resolved_manually = resolved_manually + $8,
    retryable = retryable + $9,
    retryable_v02 = retryable_v02 + $10,
    in_backoff_v02 = in_backoff_v02 + $11,
    exhausted_v02 = exhausted_v02 + $12,
    permanent = permanent + $13
WHERE kind = $1
  AND shard = (
    SELECT free.shard
    FROM @installation@.tasker_core_counts AS free
    WHERE free.kind = $1
    ORDER BY free.shard
    LIMIT 1
    FOR UPDATE SKIP LOCKED
);

-- name: add
-- A row of counts of this transaction alone; tasker_maintain() adds those that are too many
-- together.
INSERT INTO @installation@.tasker_core_counts (
    kind, shard, fresh, pending, in_progress, complete, error, cancelled, resolved_manually,
    retryable, retryable_v02, in_backoff_v02, exhausted_v02, permanent
)
VALUES (
    $1, pg_current_xact_id()::text::int8, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
);

-- name: read
-- The sums of all rows of counts.
SELECT
    kind,
    sum(fresh)::int8, sum(pending)::int8,
    sum(in_progress)::int8, sum(complete)::int8,
    sum(error)::int8, sum(cancelled)::int8,
    sum(resolved_manually)::int8, sum(retryable)::int8,
    sum(retryable_v02)::int8, sum(in_backoff_v02)::int8,
    sum(exhausted_v02)::int8, sum(permanent)::int8
FROM @installation@.tasker_core_counts
GROUP BY kind;

-- name: gather
-- Adds rows of counts together that are more than are ever written at once.
WITH surplus AS (
    DELETE FROM @installation@.tasker_core_counts
    WHERE ctid = ANY (ARRAY(
        SELECT row.ctid
        FROM @installation@.tasker_core_counts AS row
        WHERE row.kind = $1
        ORDER BY row.shard
        OFFSET 64
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING
        fresh, pending, in_progress, complete, error, cancelled, resolved_manually, retryable,
        retryable_v02, in_backoff_v02, exhausted_v02, permanent
)
SELECT
    $1, sum(fresh)::int8, sum(pending)::int8,
    sum(in_progress)::int8, sum(complete)::int8,
    sum(error)::int8, sum(cancelled)::int8,
    sum(resolved_manually)::int8, sum(retryable)::int8,
    sum(retryable_v02)::int8, sum(in_backoff_v02)::int8,
    sum(exhausted_v02)::int8, sum(permanent)::int8
FROM surplus;

-- name: counted_steps
-- Everything of steps that is counted, and how many are alike.
SELECT state::pg_catalog.text, state_since IS NOT NULL, attempts, retry_limit, retryable,
    last_attempted_at IS NOT NULL, pg_catalog.count(*)
FROM @steps@ AS step
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: counted_tasks
-- Counts the tasks by state.
SELECT state::pg_catalog.text, state_since IS NOT NULL, pg_catalog.count(*)
FROM @tasks@ AS task
GROUP BY 1, 2;
