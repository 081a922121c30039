-- What the handlers of claimed steps need. Each table is looked into for the row at hand: statistics of tables that have
-- grown since would make a join begin with all tasks of a name.
SELECT
    step.workflow_step_id, step.task_id, task.named_task_id, named_step.name::pg_catalog.text, step.inputs, task.context,
    named_task.name::pg_catalog.text, named_task.version::pg_catalog.text, named_task.configuration,
    named_task.namespace::pg_catalog.text
FROM @installation@.tasker_workflow_steps AS step
CROSS JOIN LATERAL (
    SELECT named.name
    FROM @installation@.tasker_named_steps AS named
    WHERE named.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT own.context, own.named_task_id
    FROM @installation@.tasker_tasks AS own
    WHERE own.task_id OPERATOR(pg_catalog.=) step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT named.name, named.version, named.configuration, namespace.name AS namespace
    FROM @installation@.tasker_named_tasks AS named
    LEFT JOIN @installation@.tasker_task_namespaces AS namespace
        ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named.task_namespace_id
    WHERE named.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    OFFSET 0
) AS named_task
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
