-- The limits that apply to these steps, each with the bucket that the step would take a place in. A limit on a key has
-- a bucket for each of its values, and does not apply where the context has no such key.
SELECT
    step.workflow_step_id,
    CASE
        WHEN task_limit.scope OPERATOR(pg_catalog.=) 'key'
            THEN pg_catalog.concat('key:', task_limit.name, '=', task.context OPERATOR(pg_catalog.->>) task_limit.name)
        ELSE pg_catalog.concat(task_limit.scope, ':', task_limit.name)
    END AS bucket,
    task_limit.max_running, task_limit.max_starts, task_limit.per, task_limit.paused_at IS NOT NULL AS is_paused
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
JOIN @installation@.tasker_core_limits AS task_limit
    ON (task_limit.scope OPERATOR(pg_catalog.=) 'namespace' AND task_limit.name OPERATOR(pg_catalog.=) namespace.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'task_name' AND task_limit.name OPERATOR(pg_catalog.=) named_task.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'step_name' AND task_limit.name OPERATOR(pg_catalog.=) named_step.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'dependent_system'
        AND task_limit.name OPERATOR(pg_catalog.=) dependent_system.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'key' AND task.context OPERATOR(pg_catalog.?) task_limit.name)
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
