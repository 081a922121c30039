-- The steps of a task with their parents, and nothing else.
SELECT workflow_step_id, parent_step_ids
FROM @installation@.tasker_core_steps
WHERE task_id OPERATOR(pg_catalog.=) $1
