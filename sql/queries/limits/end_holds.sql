-- An execution has ended: its places are free.
DELETE FROM @installation@.tasker_core_holds
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
RETURNING bucket
