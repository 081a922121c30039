-- Edges as the engine names them.
INSERT INTO @installation@.tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT wanted.from_step_id, wanted.to_step_id, 'provides', $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS wanted (from_step_id, to_step_id)
