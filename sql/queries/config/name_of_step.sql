-- By which name a step may be configured.
SELECT name
FROM @installation@.tasker_named_steps
WHERE named_step_id OPERATOR(pg_catalog.=) $1
