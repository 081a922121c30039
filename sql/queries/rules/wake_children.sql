-- Steps have ended otherwise than well: over their children with a rule somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT DISTINCT child.workflow_step_id,
       OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND child.has_rule
ON CONFLICT DO NOTHING
