-- The limits that apply to these steps, each with the bucket that the step would take a place in. A limit on a key has a bucket for
-- each of its values, and does not apply where the context has no such key.
SELECT
    wanted.workflow_step_id,
    CASE
        WHEN task_limit.scope OPERATOR(pg_catalog.=) 'key'
            THEN pg_catalog.concat('key:', task_limit.name, '=', task.context OPERATOR(pg_catalog.->>) task_limit.name)
        ELSE pg_catalog.concat(task_limit.scope, ':', task_limit.name)
    END AS bucket,
    task_limit.max_running, task_limit.max_starts, task_limit.per, task_limit.paused_at IS NOT NULL AS is_paused
FROM pg_catalog.unnest($1) AS wanted (workflow_step_id)
CROSS JOIN LATERAL (
    SELECT stored.task_id, stored.named_step_id
    FROM @installation@.tasker_workflow_steps AS stored
    WHERE stored.workflow_step_id OPERATOR(pg_catalog.=) wanted.workflow_step_id
    OFFSET 0
) AS step
CROSS JOIN LATERAL (
    SELECT stored.named_task_id, stored.context
    FROM @installation@.tasker_tasks AS stored
    WHERE stored.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT stored.name, stored.task_namespace_id
    FROM @installation@.tasker_named_tasks AS stored
    WHERE stored.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_task_namespaces AS stored
    WHERE stored.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
    OFFSET 0
) AS namespace
CROSS JOIN LATERAL (
    SELECT stored.name, stored.dependent_system_id
    FROM @installation@.tasker_named_steps AS stored
    WHERE stored.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_dependent_systems AS stored
    WHERE stored.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
    OFFSET 0
) AS dependent_system
JOIN @installation@.tasker_core_limits AS task_limit
    ON (task_limit.scope OPERATOR(pg_catalog.=) 'namespace' AND task_limit.name OPERATOR(pg_catalog.=) namespace.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'task_name' AND task_limit.name OPERATOR(pg_catalog.=) named_task.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'step_name' AND task_limit.name OPERATOR(pg_catalog.=) named_step.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'dependent_system'
        AND task_limit.name OPERATOR(pg_catalog.=) dependent_system.name)
    OR (task_limit.scope OPERATOR(pg_catalog.=) 'key' AND task.context OPERATOR(pg_catalog.?) task_limit.name)
