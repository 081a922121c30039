-- The next such steps, in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_core_attempted
WHERE workflow_step_id OPERATOR(pg_catalog.>) $1
ORDER BY workflow_step_id
LIMIT $2
