-- The named task of a template: made, or brought up to date. Returns it, and whether it was made, unless it says all
-- that already.
INSERT INTO @installation@.tasker_named_tasks AS named_task (
    name, description, task_namespace_id, version, configuration, created_at, updated_at
)
SELECT $2, $4, namespace.task_namespace_id, $3, $5::pg_catalog.jsonb, $6, $6
FROM @installation@.tasker_task_namespaces AS namespace
WHERE namespace.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
ON CONFLICT (task_namespace_id, name, version) DO UPDATE SET
    description = EXCLUDED.description,
    configuration = EXCLUDED.configuration,
    updated_at = EXCLUDED.updated_at
WHERE named_task.description IS DISTINCT FROM EXCLUDED.description
   OR named_task.configuration IS DISTINCT FROM EXCLUDED.configuration
RETURNING named_task.named_task_id, named_task.xmax OPERATOR(pg_catalog.=) '0'::pg_catalog.xid AS is_new
