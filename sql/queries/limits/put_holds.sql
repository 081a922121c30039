-- Claimed steps take their places.
INSERT INTO @installation@.tasker_core_holds (bucket, place, workflow_step_id)
SELECT taken.bucket, taken.place, taken.workflow_step_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    AS taken (bucket, place, workflow_step_id)
ON CONFLICT DO NOTHING
RETURNING workflow_step_id
