-- How many executions a step may have.
UPDATE @installation@.tasker_workflow_steps
SET retry_limit = $2,
    updated_at = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
