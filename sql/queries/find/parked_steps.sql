-- The buckets that hold steps up.
SELECT parked.workflow_step_id, pg_catalog.min(parked.bucket)
FROM @installation@.tasker_core_parked AS parked
WHERE parked.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
GROUP BY parked.workflow_step_id
