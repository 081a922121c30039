-- Makes every side row say what the Rails tables say, writing only what differs. Run with a pinned search_path.
WITH written AS (
    INSERT INTO @installation@.tasker_core_tasks AS side (task_id, named_task_id, state, state_since, created_at)
    @task_facts@
    ON CONFLICT (task_id) DO UPDATE SET
    named_task_id = EXCLUDED.named_task_id,
    state = EXCLUDED.state,
    state_since = EXCLUDED.state_since,
    created_at = EXCLUDED.created_at
    WHERE side.named_task_id IS DISTINCT FROM EXCLUDED.named_task_id
       OR side.state IS DISTINCT FROM EXCLUDED.state
       OR side.state_since IS DISTINCT FROM EXCLUDED.state_since
       OR side.created_at IS DISTINCT FROM EXCLUDED.created_at
    RETURNING side.xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated
FROM written
