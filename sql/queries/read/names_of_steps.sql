-- The names behind named_step_id.
SELECT named_step_id, name
FROM @installation@.tasker_named_steps
WHERE named_step_id OPERATOR(pg_catalog.=) ANY ($1)
