-- Gives steps to a worker. A lease that a writer past the triggers left behind is no obstacle.
INSERT INTO @installation@.tasker_core_leases AS lease (
    workflow_step_id, task_id, claim_token, worker, attempt, claimed_at, lease_until, lease_length, due_at
)
SELECT step.workflow_step_id, step.task_id, given.claim_token, $2,
       COALESCE(step.attempts, 0) OPERATOR(pg_catalog.+) 1, $3, $4, $5, $4
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($6)) AS given (workflow_step_id, claim_token)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) given.workflow_step_id
ON CONFLICT (workflow_step_id) DO UPDATE SET
    task_id = EXCLUDED.task_id,
    claim_token = EXCLUDED.claim_token,
    worker = EXCLUDED.worker,
    attempt = EXCLUDED.attempt,
    claimed_at = EXCLUDED.claimed_at,
    lease_until = EXCLUDED.lease_until,
    lease_length = EXCLUDED.lease_length,
    due_at = EXCLUDED.due_at,
    heartbeat_at = NULL,
    progress = NULL,
    ended_as = NULL
RETURNING workflow_step_id
