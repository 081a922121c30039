-- The buckets of a limit that hold anything up.
SELECT DISTINCT parked.bucket
FROM @installation@.tasker_core_parked AS parked
WHERE parked.bucket OPERATOR(pg_catalog.=) pg_catalog.concat($1, ':', $2)
   OR ($1 OPERATOR(pg_catalog.=) 'key' AND pg_catalog.starts_with(parked.bucket, pg_catalog.concat('key:', $2, '=')))
