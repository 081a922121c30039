-- Tasks by id.
SELECT task_id, named_task_id, priority, state, paused_at IS NOT NULL AS is_paused
FROM @installation@.tasker_core_tasks
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
