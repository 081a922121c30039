-- Every limit with what is used of it; with $1 by those steps alone.
SELECT
    known.scope, known.name, known.max_running, known.max_starts, known.per, known.paused_at, known.reason,
    (
        SELECT pg_catalog.count(*)
        FROM @installation@.tasker_core_holds AS held
        WHERE (held.bucket OPERATOR(pg_catalog.=) pg_catalog.concat(known.scope, ':', known.name)
               OR (known.scope OPERATOR(pg_catalog.=) 'key'
                   AND pg_catalog.starts_with(held.bucket, pg_catalog.concat('key:', known.name, '='))))
          AND ($1 IS NULL OR held.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1))
    ) AS running,
    (
        SELECT pg_catalog.count(DISTINCT parked.workflow_step_id)
        FROM @installation@.tasker_core_parked AS parked
        WHERE (parked.bucket OPERATOR(pg_catalog.=) pg_catalog.concat(known.scope, ':', known.name)
               OR (known.scope OPERATOR(pg_catalog.=) 'key'
                   AND pg_catalog.starts_with(parked.bucket, pg_catalog.concat('key:', known.name, '='))))
          AND ($1 IS NULL OR parked.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1))
    ) AS waiting
FROM @installation@.tasker_core_limits AS known
ORDER BY known.scope, known.name
