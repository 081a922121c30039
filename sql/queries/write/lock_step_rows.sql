-- Locks steps, in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE
