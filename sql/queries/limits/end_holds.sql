-- Executions have ended: their places are free.
DELETE FROM @installation@.tasker_core_holds
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
RETURNING bucket
