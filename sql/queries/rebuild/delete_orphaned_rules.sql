-- Rules of steps that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_rules AS rule
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_workflow_steps AS step
        WHERE step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
