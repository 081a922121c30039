-- The rules of these steps, with the signals and tasks that they wait for.
SELECT rule.workflow_step_id, rule.rule, rule.decided_at, rule.waited_task_id, waited_task.state, signal.sent_at
FROM @installation@.tasker_core_rules AS rule
LEFT JOIN @installation@.tasker_core_tasks AS waited_task
    ON waited_task.task_id OPERATOR(pg_catalog.=) rule.waited_task_id
LEFT JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id OPERATOR(pg_catalog.=) rule.task_id
   AND signal.name OPERATOR(pg_catalog.=) rule.signal_name
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
