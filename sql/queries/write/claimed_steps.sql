-- What the handlers of claimed steps need.
SELECT
    step.workflow_step_id, named_step.name::pg_catalog.text, named_task.name::pg_catalog.text,
    step.inputs, task.context,
    COALESCE(
        (
            SELECT pg_catalog.jsonb_object_agg(named_parent.name, parent.results)
            FROM @installation@.tasker_workflow_step_edges AS edge
            JOIN @installation@.tasker_workflow_steps AS parent
                ON parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
            JOIN @installation@.tasker_named_steps AS named_parent
                ON named_parent.named_step_id OPERATOR(pg_catalog.=) parent.named_step_id
            WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
        ),
        '{}'
    ) AS parent_results
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
