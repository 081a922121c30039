-- The step is no longer in progress: whoever held it does not hold it any more.
DELETE FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
