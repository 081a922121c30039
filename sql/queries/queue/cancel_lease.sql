-- The step was cancelled: its worker is told so at its next heartbeat.
UPDATE @installation@.tasker_core_leases
SET ended_as = 'cancelled'
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
