-- The steps of a task that wait for a signal.
SELECT rule.workflow_step_id
FROM @installation@.tasker_core_rules AS rule
WHERE rule.task_id OPERATOR(pg_catalog.=) $1
  AND rule.signal_name OPERATOR(pg_catalog.=) $2
