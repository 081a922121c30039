-- The ids of the test kit's steps of these names.
SELECT named_step.name::pg_catalog.text, named_step.named_step_id
FROM @installation@.tasker_named_steps AS named_step
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE dependent_system.name OPERATOR(pg_catalog.=) 'testkit'
  AND named_step.name OPERATOR(pg_catalog.=) ANY ($1)
