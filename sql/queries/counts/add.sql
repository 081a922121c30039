-- A row of counts of this transaction alone; tasker_maintain() adds those that are too many together.
INSERT INTO @installation@.tasker_core_counts (
    kind, shard, fresh, pending, in_progress, complete, error, cancelled, resolved_manually, retryable, retryable_v02,
    in_backoff_v02, exhausted_v02, permanent
)
VALUES (
    $1, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
)
