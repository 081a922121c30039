-- Locks a step's current transition before its side row: who writes transitions locks them in this order.
SELECT id
FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1
  AND most_recent
FOR NO KEY UPDATE
