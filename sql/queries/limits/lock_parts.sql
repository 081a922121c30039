-- Locks parts of the places of buckets that no other claim has locked, until the transaction ends: any of them, up to as many as
-- are enough. There are 2,048 locks, so that no claim fills the lock table: buckets that share one wait for the next claim. Claims begin at different ones ($4). Where there are no parts: the starts, NULL.
SELECT wanted.bucket, part.number
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS wanted (bucket, parts, enough)
CROSS JOIN LATERAL (
    SELECT possible.number
    FROM (
        SELECT ($4 OPERATOR(pg_catalog.+) at) OPERATOR(pg_catalog.%) NULLIF(wanted.parts, 0) AS number
        FROM pg_catalog.generate_series(0, GREATEST(wanted.parts, 1) OPERATOR(pg_catalog.-) 1) AS at
        OFFSET 0
    ) AS possible
    WHERE pg_catalog.pg_try_advisory_xact_lock($5,
        pg_catalog.hashtext(pg_catalog.concat(possible.number, ' ', wanted.bucket)) OPERATOR(pg_catalog.&) 2047)
    LIMIT wanted.enough
) AS part
