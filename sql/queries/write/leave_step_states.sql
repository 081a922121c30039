-- The current transitions of these steps are so no longer: the first half of every move.
UPDATE @installation@.tasker_workflow_step_transitions
SET most_recent = false,
    updated_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
