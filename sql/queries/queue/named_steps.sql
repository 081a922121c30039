-- Which named steps a filter means: of these names and systems, but not of those; NULL: any, and none.
SELECT named_step.named_step_id
FROM @installation@.tasker_named_steps AS named_step
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE ($1 IS NULL OR named_step.name OPERATOR(pg_catalog.=) ANY ($1))
  AND ($2 IS NULL OR dependent_system.name OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR NOT named_step.name OPERATOR(pg_catalog.=) ANY ($3))
  AND ($4 IS NULL OR NOT dependent_system.name OPERATOR(pg_catalog.=) ANY ($4))
