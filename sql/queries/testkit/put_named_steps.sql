-- Steps of these names, those that are not there.
INSERT INTO @installation@.tasker_named_steps (name, dependent_system_id, created_at, updated_at)
SELECT wanted.name, dependent_system.dependent_system_id, $2, $2
FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place)
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.name OPERATOR(pg_catalog.=) 'testkit'
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_steps AS known
    WHERE known.dependent_system_id OPERATOR(pg_catalog.=) dependent_system.dependent_system_id
      AND known.name OPERATOR(pg_catalog.=) wanted.name
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING
