-- The versions of a named task, and which of them have a template that we have stored.
SELECT named_task.named_task_id, named_task.version::pg_catalog.text,
       COALESCE(named_task.configuration OPERATOR(pg_catalog.?) 'step_templates', false) AS is_template
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE namespace.name OPERATOR(pg_catalog.=) $1::pg_catalog.varchar
  AND named_task.name OPERATOR(pg_catalog.=) $2::pg_catalog.varchar
ORDER BY named_task.named_task_id
