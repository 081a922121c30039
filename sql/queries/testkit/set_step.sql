-- The columns of a step with a new history. $3: the end of its last execution; $4: when the history begins; $5: when it
-- came into its state; $6: whether that is a state of success.
UPDATE @installation@.tasker_workflow_steps
SET attempts = $2,
    last_attempted_at = $3,
    in_process = false,
    processed = $6,
    processed_at = CASE WHEN $6 THEN $5 END,
    results = COALESCE($7, results),
    backoff_request_seconds = $8,
    created_at = LEAST(created_at, $4),
    updated_at = $5
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
