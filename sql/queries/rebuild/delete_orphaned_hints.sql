-- Hints at steps that are gone, or past being claimed.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_hints AS hint
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id OPERATOR(pg_catalog.=) hint.workflow_step_id
          AND (step.state OPERATOR(pg_catalog.=) 'pending' OR step.state OPERATOR(pg_catalog.=) 'error')
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
