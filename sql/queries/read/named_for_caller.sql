-- The steps out of these whose names, and those of whose tasks, row-level security shows to the caller: a worker could not be told of
-- the others. Each table is looked into for the row at hand, as in write/claimed_steps.sql.
SELECT step.workflow_step_id
FROM @installation@.tasker_workflow_steps AS step
CROSS JOIN LATERAL (
    SELECT FROM @installation@.tasker_named_steps AS named
    WHERE named.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT own.named_task_id
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT FROM @installation@.tasker_named_tasks AS named
    WHERE named.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
