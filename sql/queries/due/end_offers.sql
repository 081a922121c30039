-- What schedulers have been handed and have not dealt with in time is anybody's again.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
), ending AS (
    UPDATE @installation@.tasker_core_endings
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_endings AS queued
        WHERE queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $1
        ORDER BY queued.offered_until
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_task_leases
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_task_leases AS queued
    WHERE queued.lease_until OPERATOR(pg_catalog.<=) $1
    ORDER BY queued.lease_until
    LIMIT $2
    FOR UPDATE SKIP LOCKED
))
