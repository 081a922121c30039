-- The steps were cancelled: their workers are told so at their next heartbeat.
UPDATE @installation@.tasker_core_leases
SET ended_as = 'cancelled'
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
