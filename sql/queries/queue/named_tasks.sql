-- Which named tasks a filter means: of these namespaces, names and version, but not of those; NULL: any, and none.
SELECT named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE ($1 IS NULL OR namespace.name OPERATOR(pg_catalog.=) ANY ($1))
  AND ($2 IS NULL OR named_task.name OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR NOT namespace.name OPERATOR(pg_catalog.=) ANY ($4))
  AND ($5 IS NULL OR NOT named_task.name OPERATOR(pg_catalog.=) ANY ($5))
