-- Locks a step, first of all that is locked for it.
SELECT task_id
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
FOR NO KEY UPDATE
