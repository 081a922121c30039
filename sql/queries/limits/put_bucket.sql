-- Writes down how many starts are left in a bucket. A claim with an older snapshot (REPEATABLE READ) fails with 40001 instead
-- of counting what it cannot see.
INSERT INTO @installation@.tasker_core_buckets AS used (bucket, tokens, refilled_at)
VALUES ($1, $2, $3)
ON CONFLICT (bucket) DO UPDATE SET
    tokens = EXCLUDED.tokens,
    refilled_at = EXCLUDED.refilled_at
