-- A namespace, unless there is one of that name.
INSERT INTO @installation@.tasker_task_namespaces (name, created_at, updated_at)
SELECT $1, $2, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS namespace
    WHERE namespace.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
)
ON CONFLICT (name) DO NOTHING
