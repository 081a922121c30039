-- Signals to tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_signals AS signal
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS task
        WHERE task.task_id OPERATOR(pg_catalog.=) signal.task_id
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
