-- Names that a filter mentions and that do not exist: of namespaces, task types, a version, steps, systems. NULL: none.
SELECT 'namespace', wanted.name
FROM pg_catalog.unnest($1) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS namespace
    WHERE namespace.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'task', wanted.name
FROM pg_catalog.unnest($2) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_tasks AS named_task
    WHERE named_task.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'version', wanted.name
FROM (VALUES ($3)) AS wanted (name)
WHERE wanted.name IS NOT NULL AND NOT EXISTS (
    SELECT FROM @installation@.tasker_named_tasks AS named_task
    WHERE named_task.version OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'step', wanted.name
FROM pg_catalog.unnest($4) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_named_steps AS named_step
    WHERE named_step.name OPERATOR(pg_catalog.=) wanted.name
)
UNION ALL
SELECT 'dependent system', wanted.name
FROM pg_catalog.unnest($5) AS wanted (name)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS dependent_system
    WHERE dependent_system.name OPERATOR(pg_catalog.=) wanted.name
)
