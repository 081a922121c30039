-- Removes side rows whose task is gone. Run with a pinned search_path.
WITH removed AS (
    DELETE FROM @installation@.tasker_core_tasks AS side
    WHERE NOT EXISTS (
        SELECT 1
        FROM @installation@.tasker_tasks AS kept
        WHERE kept.task_id = side.task_id
    )
    RETURNING side.task_id
)
SELECT count(*) AS deleted
FROM removed
