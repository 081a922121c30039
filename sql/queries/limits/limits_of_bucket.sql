-- The limit of a bucket.
SELECT known.max_running, known.max_starts, known.per, known.paused_at IS NOT NULL AS is_paused
FROM @installation@.tasker_core_limits AS known
WHERE pg_catalog.concat(known.scope, ':', known.name) OPERATOR(pg_catalog.=) $1
   OR (known.scope OPERATOR(pg_catalog.=) 'key'
       AND pg_catalog.starts_with($1, pg_catalog.concat('key:', known.name, '=')))
