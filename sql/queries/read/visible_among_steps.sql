-- The steps out of these that row-level security shows to the caller, with their tasks.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
