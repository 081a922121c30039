-- What is used of these buckets.
SELECT
    wanted.bucket,
    (
        SELECT pg_catalog.count(*)
        FROM @installation@.tasker_core_holds AS held
        WHERE held.bucket OPERATOR(pg_catalog.=) wanted.bucket
    ) AS running,
    used.tokens, used.refilled_at
FROM pg_catalog.unnest($1) AS wanted (bucket)
LEFT JOIN @installation@.tasker_core_buckets AS used ON used.bucket OPERATOR(pg_catalog.=) wanted.bucket
