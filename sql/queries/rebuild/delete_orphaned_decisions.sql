-- Decisions over steps that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_decisions AS decision
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id OPERATOR(pg_catalog.=) decision.workflow_step_id
          AND step.has_rule
    )
    RETURNING 1
)
SELECT pg_catalog.count(*) AS deleted
FROM deleted
