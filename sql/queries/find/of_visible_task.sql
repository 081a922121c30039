JOIN @installation@.tasker_tasks AS visible_task
    ON visible_task.task_id OPERATOR(pg_catalog.=) step.task_id
