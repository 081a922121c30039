-- The steps that a named task has no longer: all but $2.
DELETE FROM @installation@.tasker_named_tasks_named_steps AS stored
USING @installation@.tasker_named_steps AS named_step, @installation@.tasker_dependent_systems AS system
WHERE stored.named_task_id OPERATOR(pg_catalog.=) $1
  AND named_step.named_step_id OPERATOR(pg_catalog.=) stored.named_step_id
  AND system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
  AND NOT EXISTS (
      SELECT FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS step (
          name pg_catalog.text, system pg_catalog.text
      )
      WHERE step.name OPERATOR(pg_catalog.=) named_step.name::pg_catalog.text
        AND step.system OPERATOR(pg_catalog.=) system.name::pg_catalog.text
  )
