-- The steps of these tasks that row-level security shows to the caller.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE step.task_id OPERATOR(pg_catalog.=) ANY ($1)
