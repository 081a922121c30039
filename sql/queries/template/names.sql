-- The templates that there are, whatever their versions.
SELECT DISTINCT namespace.name::pg_catalog.text, named_task.name::pg_catalog.text
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE named_task.configuration OPERATOR(pg_catalog.?) 'step_templates'
ORDER BY 1, 2
