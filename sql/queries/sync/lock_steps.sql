-- Locks side rows, in the order of their ids so that two writers cannot wait for each other.
SELECT workflow_step_id, task_id, parent_step_ids
FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY workflow_step_id
FOR NO KEY UPDATE
