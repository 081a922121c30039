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
)
