-- Leases that a heartbeat has extended: somebody looks again when they end.
UPDATE @installation@.tasker_core_leases
SET due_at = lease_until
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
