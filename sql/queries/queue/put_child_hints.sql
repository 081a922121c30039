-- Parents have finished: a hint at each child. The parent's id keeps siblings that finish at once apart, so that
-- neither waits for the other. Over a child with a rule somebody has to decide first. A child that has finished with
-- them needs none.
WITH child AS MATERIALIZED (
    SELECT DISTINCT step.workflow_step_id, edge.from_step_id, step.task_id, step.named_step_id, step.has_rule
    FROM @installation@.tasker_workflow_step_edges AS edge
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
    WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
      AND edge.to_step_id OPERATOR(pg_catalog.<>) ALL ($1)
), decision AS (
    INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
    SELECT child.workflow_step_id, child.from_step_id
    FROM child
    WHERE child.has_rule
    ON CONFLICT DO NOTHING
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT child.workflow_step_id, child.from_step_id, child.task_id, child.named_step_id, task.named_task_id,
       $2 OPERATOR(pg_catalog.-) ($3 OPERATOR(pg_catalog.*) task.priority::pg_catalog.float8)
FROM child
JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) child.task_id
WHERE NOT child.has_rule
ON CONFLICT DO NOTHING
