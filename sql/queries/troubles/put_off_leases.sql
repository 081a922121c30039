-- Leases that could not be taken back: somebody looks again at that time. What a heartbeat holds is due again by itself.
UPDATE @installation@.tasker_core_leases
SET due_at = $2
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT lease.ctid
    FROM @installation@.tasker_core_leases AS lease
    WHERE lease.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
      AND lease.due_at OPERATOR(pg_catalog.<) $2
    FOR UPDATE SKIP LOCKED
))
