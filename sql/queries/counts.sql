-- Counts of steps and tasks by state, spread over rows that sessions can write at the same time.

-- name: add_to_free
-- Adds to the first row of counts that nobody else is adding to: nobody waits, and there are as many rows as have ever
-- been written at once. Not by its ctid: what is locked may be newer than what this statement sees, which the key leads to.
UPDATE @installation@.tasker_core_counts
SET fresh = fresh OPERATOR(pg_catalog.+) $2,
    pending = pending OPERATOR(pg_catalog.+) $3,
    in_progress = in_progress OPERATOR(pg_catalog.+) $4,
    complete = complete OPERATOR(pg_catalog.+) $5,
    error = error OPERATOR(pg_catalog.+) $6,
    cancelled = cancelled OPERATOR(pg_catalog.+) $7,
    resolved_manually = resolved_manually OPERATOR(pg_catalog.+) $8,
    retryable = retryable OPERATOR(pg_catalog.+) $9,
    retryable_v02 = retryable_v02 OPERATOR(pg_catalog.+) $10,
    in_backoff_v02 = in_backoff_v02 OPERATOR(pg_catalog.+) $11,
    exhausted_v02 = exhausted_v02 OPERATOR(pg_catalog.+) $12,
    permanent = permanent OPERATOR(pg_catalog.+) $13
WHERE kind OPERATOR(pg_catalog.=) $1
  AND shard OPERATOR(pg_catalog.=) (
    SELECT free.shard
    FROM @installation@.tasker_core_counts AS free
    WHERE free.kind OPERATOR(pg_catalog.=) $1
    ORDER BY free.shard
    LIMIT 1
    FOR UPDATE SKIP LOCKED
);

-- name: add
-- A row of counts of this transaction alone; tasker_maintain() adds those that are too many together.
INSERT INTO @installation@.tasker_core_counts (
    kind, shard, fresh, pending, in_progress, complete, error, cancelled, resolved_manually, retryable, retryable_v02,
    in_backoff_v02, exhausted_v02, permanent
)
VALUES (
    $1, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
);

-- name: read
-- The sums of all rows of counts.
SELECT
    kind,
    pg_catalog.sum(fresh)::pg_catalog.int8, pg_catalog.sum(pending)::pg_catalog.int8,
    pg_catalog.sum(in_progress)::pg_catalog.int8, pg_catalog.sum(complete)::pg_catalog.int8,
    pg_catalog.sum(error)::pg_catalog.int8, pg_catalog.sum(cancelled)::pg_catalog.int8,
    pg_catalog.sum(resolved_manually)::pg_catalog.int8, pg_catalog.sum(retryable)::pg_catalog.int8,
    pg_catalog.sum(retryable_v02)::pg_catalog.int8, pg_catalog.sum(in_backoff_v02)::pg_catalog.int8,
    pg_catalog.sum(exhausted_v02)::pg_catalog.int8, pg_catalog.sum(permanent)::pg_catalog.int8
FROM @installation@.tasker_core_counts
GROUP BY kind;

-- name: gather
-- Adds rows of counts together that are more than are ever written at once.
WITH surplus AS (
    DELETE FROM @installation@.tasker_core_counts
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT row.ctid
        FROM @installation@.tasker_core_counts AS row
        WHERE row.kind OPERATOR(pg_catalog.=) $1
        ORDER BY row.shard
        OFFSET 64
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING
        fresh, pending, in_progress, complete, error, cancelled, resolved_manually, retryable, retryable_v02,
        in_backoff_v02, exhausted_v02, permanent
)
SELECT
    $1, pg_catalog.sum(fresh)::pg_catalog.int8, pg_catalog.sum(pending)::pg_catalog.int8,
    pg_catalog.sum(in_progress)::pg_catalog.int8, pg_catalog.sum(complete)::pg_catalog.int8,
    pg_catalog.sum(error)::pg_catalog.int8, pg_catalog.sum(cancelled)::pg_catalog.int8,
    pg_catalog.sum(resolved_manually)::pg_catalog.int8, pg_catalog.sum(retryable)::pg_catalog.int8,
    pg_catalog.sum(retryable_v02)::pg_catalog.int8, pg_catalog.sum(in_backoff_v02)::pg_catalog.int8,
    pg_catalog.sum(exhausted_v02)::pg_catalog.int8, pg_catalog.sum(permanent)::pg_catalog.int8
FROM surplus;

-- name: counted_steps
-- Everything of steps that is counted, and how many are alike.
SELECT state::pg_catalog.text, state_since IS NOT NULL, attempts, retry_limit, retryable, last_attempted_at IS NOT NULL, pg_catalog.count(*)
FROM @steps@ AS step
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: counted_tasks
-- Likewise of tasks.
SELECT state::pg_catalog.text, state_since IS NOT NULL, pg_catalog.count(*)
FROM @tasks@ AS task
GROUP BY 1, 2;
