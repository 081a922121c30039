-- Removes side rows whose step is gone. Run with a pinned search_path.
WITH removed AS (
    DELETE FROM @installation@.tasker_core_steps AS side
    WHERE NOT EXISTS (
        SELECT 1
        FROM @installation@.tasker_workflow_steps AS kept
        WHERE kept.workflow_step_id = side.workflow_step_id
    )
    RETURNING side.workflow_step_id
)
SELECT count(*) AS deleted
FROM removed
