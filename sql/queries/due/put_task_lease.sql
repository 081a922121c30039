-- Hands a task to a scheduler. The caller has locked the lease that may be there.
INSERT INTO @installation@.tasker_core_task_leases (task_id, scheduler, reason, handed_at, lease_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (task_id) DO UPDATE SET
    scheduler = EXCLUDED.scheduler,
    reason = EXCLUDED.reason,
    handed_at = EXCLUDED.handed_at,
    lease_until = EXCLUDED.lease_until
