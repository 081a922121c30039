-- The transactions that have changed or locked steps last.
SELECT step.workflow_step_id, step.xmax
FROM @installation@.tasker_workflow_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
