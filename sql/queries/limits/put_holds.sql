-- Claimed steps take their places.
INSERT INTO @installation@.tasker_core_holds (bucket, workflow_step_id)
SELECT taken.bucket, taken.workflow_step_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS taken (bucket, workflow_step_id)
ON CONFLICT DO NOTHING
