-- The pending steps with rules that depend on one of these.
SELECT DISTINCT child.workflow_step_id
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND child.has_rule
  AND child.state OPERATOR(pg_catalog.=) 'pending'
