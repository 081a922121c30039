-- The steps out of these that row-level security shows to the caller.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
