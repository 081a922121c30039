-- Claimed steps take their places, whose parts are locked. One that is taken all the same, in a snapshot that does not show it, is
-- 40001.
INSERT INTO @installation@.tasker_core_holds (bucket, place, workflow_step_id)
SELECT taken.bucket, taken.place, taken.workflow_step_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
    AS taken (bucket, place, workflow_step_id)
ON CONFLICT DO NOTHING
