-- The step has never been anything but pending.
DELETE FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
