-- The dependent system of all steps of the test kit, unless it is there.
INSERT INTO @installation@.tasker_dependent_systems (name, description, created_at, updated_at)
SELECT 'testkit', 'Test data of tasker_core.', $1, $1
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS known WHERE known.name OPERATOR(pg_catalog.=) 'testkit'
)
ON CONFLICT DO NOTHING
