-- New steps of a task, as the engine writes them; inputs: the context of the task unless something else is wanted.
INSERT INTO @installation@.tasker_workflow_steps AS step (
    task_id, named_step_id, retryable, retry_limit, skippable, in_process, processed, attempts, inputs, results,
    created_at, updated_at
)
SELECT task.task_id, named_step.named_step_id, wanted.retryable, wanted.retry_limit, wanted.skippable, false, false, 0,
       COALESCE(wanted.inputs, task.context), '{}', $3, $3
FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS wanted (
    place pg_catalog.int4, name pg_catalog.text, system pg_catalog.text, inputs pg_catalog.jsonb,
    retryable pg_catalog.bool, retry_limit pg_catalog.int4, skippable pg_catalog.bool
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) wanted.system
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
   AND named_step.name OPERATOR(pg_catalog.=) wanted.name
CROSS JOIN @installation@.tasker_tasks AS task
WHERE task.task_id OPERATOR(pg_catalog.=) $1
ORDER BY wanted.place
RETURNING step.workflow_step_id, (
    SELECT named_step.name::pg_catalog.text
    FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
)
