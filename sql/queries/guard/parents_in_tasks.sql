-- The steps of these tasks that have parents, and these.
SELECT workflow_step_id, parent_step_ids
FROM @installation@.tasker_core_steps
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
  AND pg_catalog.cardinality(parent_step_ids) OPERATOR(pg_catalog.>) 0
