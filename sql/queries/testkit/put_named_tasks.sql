-- Tasks of these names in a namespace, those that are not there. The configuration is given, as its default is a JSON
-- text instead of an object (semantics 1.3).
INSERT INTO @installation@.tasker_named_tasks (
    name, description, task_namespace_id, version, configuration, created_at, updated_at
)
SELECT wanted.name, 'Test data of tasker_core.', namespace.task_namespace_id, '0.1.0', '{}', $3, $3
FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place)
JOIN @installation@.tasker_task_namespaces AS namespace ON namespace.name OPERATOR(pg_catalog.=) $2
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_tasks AS known
    WHERE known.task_namespace_id OPERATOR(pg_catalog.=) namespace.task_namespace_id
      AND known.name OPERATOR(pg_catalog.=) wanted.name
      AND known.version OPERATOR(pg_catalog.=) '0.1.0'
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING
