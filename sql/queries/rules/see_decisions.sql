-- Steps over which somebody has to decide, with their tasks.
SELECT DISTINCT step.workflow_step_id, step.task_id
FROM @installation@.tasker_core_decisions AS word
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) word.workflow_step_id
ORDER BY step.workflow_step_id
