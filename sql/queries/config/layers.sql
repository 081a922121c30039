-- What applies to a task, or to one of its steps, in a section, from the widest scope to the narrowest. Without a task
-- or a step: what applies to all of them.
SELECT config.scope, config.options
FROM @installation@.tasker_core_config AS config
LEFT JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) $2
LEFT JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
LEFT JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) $3
CROSS JOIN LATERAL (
    VALUES
        (1, 'global'),
        (2, 'namespace:' OPERATOR(pg_catalog.||) namespace.name),
        (3, 'task_name:' OPERATOR(pg_catalog.||) named_task.name),
        (4, 'step_name:' OPERATOR(pg_catalog.||) COALESCE($4, named_step.name)),
        (5, 'task:' OPERATOR(pg_catalog.||) task.task_id::pg_catalog.text)
) AS applying (place, scope)
WHERE config.section OPERATOR(pg_catalog.=) $1
  AND config.scope OPERATOR(pg_catalog.=) applying.scope
ORDER BY applying.place
