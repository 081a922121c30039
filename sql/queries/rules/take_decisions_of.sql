-- What says that somebody has to decide over these steps, past what somebody else is just deciding.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED
