-- Steps as the engine creates them: nothing tried, the task's context for input; their ids in the order of the
-- arguments, which are tasks and the named steps of each.
INSERT INTO @installation@.tasker_workflow_steps (
    task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, inputs, results, skippable,
    created_at, updated_at
)
SELECT wanted.task_id, step.named_step_id, true, 3, false, false, 0, task.context, '{}', false, $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY
    AS wanted (task_id, named_step_ids, place)
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) wanted.task_id
CROSS JOIN LATERAL pg_catalog.unnest(wanted.named_step_ids::pg_catalog.int4[]) WITH ORDINALITY
    AS step (named_step_id, place)
ORDER BY wanted.place, step.place
RETURNING workflow_step_id
