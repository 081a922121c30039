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
GROUP BY kind
