DELETE FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
