-- Follows a current transition that is no longer so: until the next one comes, the step reads as pending.
UPDATE @installation@.tasker_core_steps
SET state = 'pending',
    state_since = NULL,
    backoff_seconds = NULL
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
