-- Extends the leases of steps that are locked, and never shortens them; one that somebody is just ending is left alone.
UPDATE @installation@.tasker_core_leases AS lease
SET lease_until = GREATEST(lease.lease_until, $2 OPERATOR(pg_catalog.+) COALESCE($3, lease.lease_length)),
    heartbeat_at = $2,
    progress = COALESCE($4, lease.progress)
WHERE lease.ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT held.ctid
    FROM @installation@.tasker_core_leases AS held
    WHERE held.claim_token OPERATOR(pg_catalog.=) ANY ($1)
      AND held.workflow_step_id OPERATOR(pg_catalog.=) ANY ($5)
      AND held.ended_as IS NULL
    FOR UPDATE SKIP LOCKED
))
