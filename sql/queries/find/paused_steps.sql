-- The next steps that could run if their tasks were not paused, in the order of their ids. The paused tasks come first: in the
-- order of the result all steps would be read.
SELECT step.workflow_step_id
FROM (
    SELECT paused.workflow_step_id
    FROM @installation@.tasker_core_steps AS paused
    WHERE paused.task_id OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT task.task_id
        FROM @installation@.tasker_core_tasks AS task
        WHERE task.paused_at IS NOT NULL
    ))
      AND paused.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'error'])
    OFFSET 0
) AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.>) $1
ORDER BY step.workflow_step_id
LIMIT $2
