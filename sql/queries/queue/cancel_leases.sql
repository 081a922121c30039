-- The steps were cancelled: their workers are told so at their next heartbeat.
UPDATE @installation@.tasker_core_leases
SET ended_as = 'cancelled',
    due_at = 'infinity'
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
