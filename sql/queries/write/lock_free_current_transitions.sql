-- Locks those of these steps' current transitions that nobody else has locked.
SELECT workflow_step_id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
FOR NO KEY UPDATE SKIP LOCKED
