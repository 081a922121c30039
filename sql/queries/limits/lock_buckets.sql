-- Locks those of these buckets, until the transaction ends, that no other claim is looking at.
SELECT wanted.bucket
FROM pg_catalog.unnest($1) AS wanted (bucket)
WHERE pg_catalog.pg_try_advisory_xact_lock($2, pg_catalog.hashtext(wanted.bucket))
