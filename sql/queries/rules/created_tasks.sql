-- The open tasks that these steps have created.
SELECT rule.waited_task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) rule.waited_task_id
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND rule.creates_task
  AND task.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
ORDER BY rule.waited_task_id
