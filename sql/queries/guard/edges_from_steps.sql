-- The edges that begin at these steps.
SELECT from_step_id, to_step_id
FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id OPERATOR(pg_catalog.=) ANY ($1)
