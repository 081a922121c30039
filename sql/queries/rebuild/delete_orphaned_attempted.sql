-- Rows about steps that are gone, or that are neither in error, nor pending and not as they were created.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_attempted AS attempted
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id OPERATOR(pg_catalog.=) attempted.workflow_step_id
          AND @is_attempted@
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
