-- The edges of new steps, in their order.
INSERT INTO @installation@.tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT edge.from_step_id, edge.to_step_id, 'provides', $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS edge (from_step_id, to_step_id)
