-- Follows a transition that has become the current one; the unique index on current transitions makes it the only one.
UPDATE @installation@.tasker_core_steps
SET state = $2,
    state_since = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
