-- Whether a task waits for itself, at once or through others.
WITH RECURSIVE waits (task_id) AS (
    SELECT rule.waited_task_id
    FROM @installation@.tasker_core_rules AS rule
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.task_id OPERATOR(pg_catalog.=) $1
      AND rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
    UNION
    SELECT rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id OPERATOR(pg_catalog.=) waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
)
SELECT EXISTS (SELECT FROM waits WHERE task_id OPERATOR(pg_catalog.=) $1)
