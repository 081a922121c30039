-- A namespace for test data, unless it is there.
INSERT INTO @installation@.tasker_task_namespaces (name, description, created_at, updated_at)
SELECT $1, 'Test data of tasker_core.', $2, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS known WHERE known.name OPERATOR(pg_catalog.=) $1
)
ON CONFLICT DO NOTHING
