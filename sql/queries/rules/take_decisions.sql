-- Steps over which somebody has to decide, past those that somebody else is just deciding.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id OPERATOR(pg_catalog.>) $2
ORDER BY workflow_step_id
LIMIT $1
FOR UPDATE SKIP LOCKED
