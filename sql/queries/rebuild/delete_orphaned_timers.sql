-- Timers for steps that are gone, or that nothing more can happen to, and for tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_timers AS timer
    WHERE (
        timer.kind OPERATOR(pg_catalog.=) 'step'
        AND NOT EXISTS (
            SELECT FROM @installation@.tasker_core_steps AS step
            WHERE step.workflow_step_id OPERATOR(pg_catalog.=) timer.subject_id
              AND step.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
        )
    ) OR (
        timer.kind OPERATOR(pg_catalog.=) 'task'
        AND NOT EXISTS (
            SELECT FROM @installation@.tasker_core_tasks AS task
            WHERE task.task_id OPERATOR(pg_catalog.=) timer.subject_id
        )
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
