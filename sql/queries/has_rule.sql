-- Whether a step waits for more than the engine's steps do.
EXISTS (
    SELECT FROM @installation@.tasker_core_rules AS rule
    WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
)
