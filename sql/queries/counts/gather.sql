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
FROM surplus
