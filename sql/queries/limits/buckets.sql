-- What is used of these buckets.
SELECT
    wanted.bucket,
    ARRAY(
        SELECT held.place::pg_catalog.int8
        FROM @installation@.tasker_core_holds AS held
        WHERE held.bucket OPERATOR(pg_catalog.=) wanted.bucket
        ORDER BY held.place
    ) AS taken,
    used.tokens, used.refilled_at
FROM pg_catalog.unnest($1) AS wanted (bucket)
LEFT JOIN @installation@.tasker_core_buckets AS used ON used.bucket OPERATOR(pg_catalog.=) wanted.bucket
