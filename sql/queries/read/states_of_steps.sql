-- The states of single steps: parents that belong to another task than their child.
SELECT workflow_step_id, state, state_since
FROM @installation@.tasker_core_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
