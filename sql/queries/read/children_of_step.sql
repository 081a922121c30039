-- The steps that depend on one.
SELECT DISTINCT edge.to_step_id
FROM @installation@.tasker_workflow_step_edges AS edge
WHERE edge.from_step_id OPERATOR(pg_catalog.=) $1
