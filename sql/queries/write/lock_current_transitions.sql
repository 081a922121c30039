-- Locks the current transitions of steps whose rows are locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
ORDER BY workflow_step_id
FOR NO KEY UPDATE
