-- The steps out of these whose names, and those of whose tasks, row-level security shows to the caller: a worker could not be told of
-- the others.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
