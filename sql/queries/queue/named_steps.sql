-- Which named steps a filter means; NULL: any.
SELECT named_step.named_step_id
FROM @installation@.tasker_named_steps AS named_step
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE ($1 IS NULL OR named_step.name OPERATOR(pg_catalog.=) ANY ($1))
  AND ($2 IS NULL OR dependent_system.name OPERATOR(pg_catalog.=) $2)
