-- Nobody works at these steps any more; what they have used up stays as it is.
UPDATE @installation@.tasker_workflow_steps
SET in_process = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
