-- These steps are in error, or pending and not as they were created.
INSERT INTO @installation@.tasker_core_attempted (workflow_step_id)
SELECT pg_catalog.unnest($1)
ON CONFLICT DO NOTHING
