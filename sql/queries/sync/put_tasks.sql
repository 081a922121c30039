-- Writes the side rows of these tasks afresh, all but the priority, which is ours.
INSERT INTO @installation@.tasker_core_tasks (task_id, named_task_id, state, state_since, created_at)
@task_facts@
WHERE task.task_id OPERATOR(pg_catalog.=) ANY ($1)
ON CONFLICT (task_id) DO UPDATE SET
    named_task_id = EXCLUDED.named_task_id,
    state = EXCLUDED.state,
    state_since = EXCLUDED.state_since,
    created_at = EXCLUDED.created_at
