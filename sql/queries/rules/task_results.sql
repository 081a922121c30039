-- What a step has to show for the task that it has waited for: its state, and the results of the steps on which no other
-- depends.
SELECT pg_catalog.jsonb_build_object(
    'task_id', task.task_id,
    'state', task.state,
    'results', COALESCE(
        (
            SELECT pg_catalog.jsonb_object_agg(named_step.name, step.results)
            FROM @installation@.tasker_workflow_steps AS step
            JOIN @installation@.tasker_named_steps AS named_step
                ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
            WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id
              AND NOT EXISTS (
                  SELECT FROM @installation@.tasker_workflow_step_edges AS edge
                  WHERE edge.from_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
              )
        ),
        '{}'
    )
)
FROM @installation@.tasker_core_tasks AS task
WHERE task.task_id OPERATOR(pg_catalog.=) $1
