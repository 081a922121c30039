-- The edges from and to steps, also of other tasks.
DELETE FROM @installation@.tasker_workflow_step_edges
WHERE from_step_id OPERATOR(pg_catalog.=) ANY ($1)
   OR to_step_id OPERATOR(pg_catalog.=) ANY ($1)
