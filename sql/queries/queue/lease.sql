-- Who holds a step.
SELECT claim_token, worker, attempt, claimed_at, lease_until, ended_as, heartbeat_at, progress
FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
