-- Claimed steps are in process, so that the engine leaves them alone (semantics W2).
UPDATE @installation@.tasker_workflow_steps
SET in_process = true,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
