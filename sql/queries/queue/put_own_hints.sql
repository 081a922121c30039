-- Hints at steps that may have become ready by themselves: new ones, retried ones, released ones.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT step.workflow_step_id, step.workflow_step_id, step.task_id, step.named_step_id, task.named_task_id,
       $2 OPERATOR(pg_catalog.-) ($3 OPERATOR(pg_catalog.*) task.priority::pg_catalog.float8)
FROM @installation@.tasker_core_steps AS step
JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND (step.state OPERATOR(pg_catalog.=) 'pending' OR step.state OPERATOR(pg_catalog.=) 'error')
  AND NOT step.in_process
  AND NOT step.processed
ON CONFLICT DO NOTHING
