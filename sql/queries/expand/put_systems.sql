-- The dependent systems of new steps; names that are there are left alone.
INSERT INTO @installation@.tasker_dependent_systems (name, created_at, updated_at)
SELECT DISTINCT wanted.dependent_system, $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS wanted (dependent_system pg_catalog.text)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS known
    WHERE known.name OPERATOR(pg_catalog.=) wanted.dependent_system
)
ORDER BY wanted.dependent_system
ON CONFLICT (name) DO NOTHING
