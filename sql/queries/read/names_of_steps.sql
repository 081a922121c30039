-- The names behind named_step_id.
SELECT named_step_id, name::pg_catalog.text
FROM @installation@.tasker_named_steps
WHERE named_step_id OPERATOR(pg_catalog.=) ANY ($1)
