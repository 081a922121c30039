-- The executions that completed steps after $1, each from the last transition to in_progress before, in seconds.
SELECT
    task.named_task_id, step.named_step_id, step.state_since,
    pg_catalog.date_part('epoch', step.state_since OPERATOR(pg_catalog.-) began.created_at) AS seconds
FROM @steps@ AS step
JOIN @tasks@ AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
CROSS JOIN LATERAL (
    SELECT transition.created_at
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      AND transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS began
WHERE step.state OPERATOR(pg_catalog.=) 'complete'
  AND step.state_since OPERATOR(pg_catalog.>) $1
  AND pg_catalog.isfinite(step.state_since)
  AND pg_catalog.isfinite(began.created_at)
