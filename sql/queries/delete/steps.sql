-- Steps of which nothing else is left.
DELETE FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
