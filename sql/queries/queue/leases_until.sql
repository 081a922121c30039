-- Until when these steps are held.
SELECT workflow_step_id, lease_until, claim_token, worker
FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND ended_as IS NULL
