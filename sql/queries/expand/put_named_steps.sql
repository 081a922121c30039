-- The names of new steps, as the engine's templates store them; those that are there are left alone.
INSERT INTO @installation@.tasker_named_steps (dependent_system_id, name, description, created_at, updated_at)
SELECT system.dependent_system_id, wanted.name, wanted.description, $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS wanted (
    name pg_catalog.text, dependent_system pg_catalog.text, description pg_catalog.text
)
JOIN @installation@.tasker_dependent_systems AS system
    ON system.name OPERATOR(pg_catalog.=) wanted.dependent_system
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_steps AS known
    WHERE known.dependent_system_id OPERATOR(pg_catalog.=) system.dependent_system_id
      AND known.name OPERATOR(pg_catalog.=) wanted.name
)
ORDER BY system.dependent_system_id, wanted.name
ON CONFLICT (dependent_system_id, name) DO NOTHING
