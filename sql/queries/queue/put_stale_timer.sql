-- A step is in progress without a lease: in time somebody has to look whether its worker is still alive.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT 'step', $1, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_leases WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
)
ON CONFLICT DO NOTHING
