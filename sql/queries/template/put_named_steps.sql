-- The names of the steps $1 that are not there yet, in order as the systems.
INSERT INTO @installation@.tasker_named_steps (dependent_system_id, name, description, created_at, updated_at)
SELECT system.dependent_system_id, step.name COLLATE "C", step.description, $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS step (
    name pg_catalog.text, system pg_catalog.text, description pg_catalog.text
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
      AND named_step.name OPERATOR(pg_catalog.=) step.name::pg_catalog.varchar
)
ORDER BY 1, 2
ON CONFLICT (dependent_system_id, name) DO NOTHING
