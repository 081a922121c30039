-- What became of the leases with these tokens; one that is gone has no step.
SELECT token, lease.workflow_step_id, lease.ended_as, lease.lease_until
FROM pg_catalog.unnest($1) AS token
LEFT JOIN @installation@.tasker_core_leases AS lease ON lease.claim_token OPERATOR(pg_catalog.=) token
