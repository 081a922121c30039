-- Steps and tasks whose time has come, each with its task, in their order.
SELECT timer.kind, timer.subject_id, COALESCE(step.task_id, timer.subject_id)
FROM @installation@.tasker_core_timers AS timer
LEFT JOIN @installation@.tasker_core_steps AS step
    ON timer.kind OPERATOR(pg_catalog.=) 'step'
    AND step.workflow_step_id OPERATOR(pg_catalog.=) timer.subject_id
WHERE timer.due_at OPERATOR(pg_catalog.<=) $1
  AND (timer.kind OPERATOR(pg_catalog.=) 'task' OR step.task_id IS NOT NULL)
ORDER BY timer.due_at
