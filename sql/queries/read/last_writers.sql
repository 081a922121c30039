-- The transaction that has changed or locked a step last.
SELECT step.xmax
FROM @installation@.tasker_workflow_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) $1
