JOIN @installation@.tasker_workflow_steps AS visible_parent
    ON visible_parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
JOIN @installation@.tasker_tasks AS task_of_parent
    ON task_of_parent.task_id OPERATOR(pg_catalog.=) visible_parent.task_id
