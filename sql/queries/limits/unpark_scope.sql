-- A limit has changed: whatever it holds up is looked at afresh.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_parked AS parked
    WHERE parked.bucket OPERATOR(pg_catalog.=) pg_catalog.concat($1, ':', $2)
       OR ($1 OPERATOR(pg_catalog.=) 'key' AND pg_catalog.starts_with(parked.bucket, pg_catalog.concat('key:', $2, '=')))
    RETURNING workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
SELECT workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank
FROM freed
ON CONFLICT DO NOTHING
