-- The next $2 of one source after the first $3: the queue, what limits hold up, or the timers.
(
    SELECT hint.workflow_step_id, hint.task_id, 'queue', hint.rank, NULL::pg_catalog.text
    FROM @installation@.tasker_core_hints AS hint
    WHERE $1 OPERATOR(pg_catalog.=) 'queue'
    ORDER BY hint.rank
    LIMIT $2
    OFFSET $3
)
UNION ALL
(
    SELECT parked.workflow_step_id, parked.task_id, 'limit', parked.rank, parked.bucket
    FROM @installation@.tasker_core_parked AS parked
    WHERE $1 OPERATOR(pg_catalog.=) 'limit'
    ORDER BY parked.rank
    LIMIT $2
    OFFSET $3
)
UNION ALL
(
    SELECT timer.subject_id, step.task_id, 'timer', timer.due_at, NULL
    FROM @installation@.tasker_core_timers AS timer
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) timer.subject_id
    WHERE $1 OPERATOR(pg_catalog.=) 'timer'
      AND timer.kind OPERATOR(pg_catalog.=) 'step'
    ORDER BY timer.due_at
    LIMIT $2
    OFFSET $3
)
