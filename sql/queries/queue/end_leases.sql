-- The steps are no longer in progress: whoever held them does not hold them any more.
DELETE FROM @installation@.tasker_core_leases
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
