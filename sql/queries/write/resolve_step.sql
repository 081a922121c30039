-- The columns of a step that a person has settled. $2: whether there are results.
UPDATE @installation@.tasker_workflow_steps
SET results = CASE WHEN $2 THEN $3 ELSE results END,
    processed = true,
    in_process = false,
    processed_at = $4,
    updated_at = $4
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
