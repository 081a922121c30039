-- Those of the tasks $2 that wait for task $1, themselves or through others: each has an open step that waits for the next.
WITH RECURSIVE waits (origin, task_id) AS (
    SELECT asked.task_id, asked.task_id
    FROM pg_catalog.unnest($2) AS asked (task_id)
    UNION
    SELECT waits.origin, rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id OPERATOR(pg_catalog.=) waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
)
SELECT DISTINCT origin
FROM waits
WHERE task_id OPERATOR(pg_catalog.=) $1
