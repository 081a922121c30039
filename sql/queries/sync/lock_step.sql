-- Locks the side row of a step.
SELECT workflow_step_id
FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE
