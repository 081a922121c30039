-- The steps that wait for a task.
SELECT rule.workflow_step_id
FROM @installation@.tasker_core_rules AS rule
WHERE rule.waited_task_id OPERATOR(pg_catalog.=) $1
