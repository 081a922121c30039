-- What a step has to show for the task that it has waited for: its state, and the results of the steps on which no other
-- depends, with $2 of those among them alone, a row for each. A task without steps has one row, without a name.
SELECT task.state::pg_catalog.text, leaf.name::pg_catalog.text, leaf.results
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN LATERAL (
    SELECT named_step.name, step.results
    FROM @installation@.tasker_workflow_steps AS step
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id
      AND ($2 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($2))
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_workflow_step_edges AS edge
          WHERE edge.from_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      )
) AS leaf ON true
WHERE task.task_id OPERATOR(pg_catalog.=) $1
