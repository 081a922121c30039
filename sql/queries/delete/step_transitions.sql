-- The history of steps.
DELETE FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
