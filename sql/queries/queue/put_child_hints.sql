-- Parents have finished: a hint at each child. The parent's id keeps siblings that finish at once apart, so that
-- neither waits for the other.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT DISTINCT child.workflow_step_id, edge.from_step_id, child.task_id, child.named_step_id, task.named_task_id,
       $2 OPERATOR(pg_catalog.-) ($3 OPERATOR(pg_catalog.*) task.priority::pg_catalog.float8)
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) child.task_id
WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
ON CONFLICT DO NOTHING
