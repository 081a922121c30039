-- Locks those of these steps' leases that nobody is just extending or ending.
SELECT workflow_step_id, lease_until, claim_token, worker
FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND ended_as IS NULL
FOR UPDATE SKIP LOCKED
