-- Leases of cancelled steps whose workers have not asked in time.
DELETE FROM @installation@.tasker_core_leases AS lease
WHERE lease.ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT ended.ctid
    FROM @installation@.tasker_core_leases AS ended
    WHERE ended.ended_as IS NOT NULL
      AND ended.lease_until OPERATOR(pg_catalog.<) $1
    FOR UPDATE SKIP LOCKED
))
