-- What steps have produced.
SELECT workflow_step_id, results
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
