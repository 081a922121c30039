-- The hints at these steps, but for those that somebody else is looking at.
SELECT workflow_step_id, cause_id, xmin, task_id
FROM @installation@.tasker_core_hints
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED
