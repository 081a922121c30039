-- Every edge with the tasks of its ends.
SELECT edge.id, edge.from_step_id, edge.to_step_id, parent.task_id AS from_task_id, child.task_id AS to_task_id
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_workflow_steps AS parent
    ON parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
JOIN @installation@.tasker_workflow_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
