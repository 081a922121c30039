-- Locks those of these steps that nobody else has locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
FOR NO KEY UPDATE SKIP LOCKED
