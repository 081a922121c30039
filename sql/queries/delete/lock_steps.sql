-- Locks the steps of a task, as workers do: in the order of their ids.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_steps
WHERE task_id OPERATOR(pg_catalog.=) $1
ORDER BY workflow_step_id
FOR UPDATE
