-- The steps that fit, in the order of their ids, after $11, at most $12. What is not asked about is NULL; the plan is made
-- for what is. $2 is what the caller asks for, $10 what the condition implies, $13 the steps that it may hold for.
SELECT
    step.workflow_step_id, step.task_id, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text, named_step.name::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text, transition.created_at, step.attempts, step.retry_limit,
    step.created_at, step.processed_at
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) step.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
WHERE ($1 IS NULL OR step.task_id OPERATOR(pg_catalog.=) $1)
  -- Where pending is not among the states, what is left of this is about transitions that there are.
  AND ($2 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($2) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($2))
  AND ($3 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $3)
  AND ($4 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $4)
  AND ($5 IS NULL OR named_task.version OPERATOR(pg_catalog.=) $5)
  AND ($6 IS NULL OR named_step.name OPERATOR(pg_catalog.=) $6)
  -- Asked once: where there is no such name, no row is read.
  AND (($3 IS NULL AND $4 IS NULL AND $5 IS NULL) OR EXISTS (
      SELECT FROM @installation@.tasker_named_tasks AS known
      JOIN @installation@.tasker_task_namespaces AS known_namespace
          ON known_namespace.task_namespace_id OPERATOR(pg_catalog.=) known.task_namespace_id
      WHERE ($3 IS NULL OR known_namespace.name OPERATOR(pg_catalog.=) $3)
        AND ($4 IS NULL OR known.name OPERATOR(pg_catalog.=) $4)
        AND ($5 IS NULL OR known.version OPERATOR(pg_catalog.=) $5)
  ))
  AND ($6 IS NULL OR EXISTS (
      SELECT FROM @installation@.tasker_named_steps AS known WHERE known.name OPERATOR(pg_catalog.=) $6
  ))
  AND ($7 IS NULL OR step.created_at OPERATOR(pg_catalog.>=) $7)
  AND ($8 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually'])
      AND transition.created_at OPERATOR(pg_catalog.>=) $8)
  AND ($9 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND transition.created_at OPERATOR(pg_catalog.>=) $9)
  AND ($10 IS NULL OR ('pending' OPERATOR(pg_catalog.=) ANY ($10) AND transition.to_state IS NULL)
      OR transition.to_state OPERATOR(pg_catalog.=) ANY ($10))
  AND ($11 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.>) $11)
  AND ($13 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($13))
ORDER BY step.workflow_step_id
LIMIT $12
