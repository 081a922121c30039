-- What became of the leases with these tokens, for the steps that they name; one that is gone has no step.
SELECT named.claim_token, lease.workflow_step_id, lease.ended_as, lease.lease_until
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS named (claim_token, workflow_step_id)
LEFT JOIN @installation@.tasker_core_leases AS lease
    ON lease.workflow_step_id OPERATOR(pg_catalog.=) named.workflow_step_id
    AND lease.claim_token OPERATOR(pg_catalog.=) named.claim_token
