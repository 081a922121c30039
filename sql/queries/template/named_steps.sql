-- The named steps of a named task, by system and name.
SELECT system.name::pg_catalog.text AS system, named_step.name::pg_catalog.text, named_step.named_step_id
FROM @installation@.tasker_named_tasks_named_steps AS stored
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) stored.named_step_id
JOIN @installation@.tasker_dependent_systems AS system
    ON system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE stored.named_task_id OPERATOR(pg_catalog.=) $1
