-- These steps are either as they were created, or past being pending and in error.
DELETE FROM @installation@.tasker_core_attempted
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
