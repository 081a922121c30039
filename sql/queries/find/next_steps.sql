-- The front of the queue, of what limits hold up, and of the timers, at most $1 of each.
(
    SELECT hint.workflow_step_id, 'queue', hint.rank, NULL::pg_catalog.text
    FROM @installation@.tasker_core_hints AS hint
    ORDER BY hint.rank
    LIMIT $1
)
UNION ALL
(
    SELECT parked.workflow_step_id, 'limit', parked.rank, parked.bucket
    FROM @installation@.tasker_core_parked AS parked
    ORDER BY parked.rank
    LIMIT $1
)
UNION ALL
(
    SELECT timer.subject_id, 'timer', timer.due_at, NULL
    FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind OPERATOR(pg_catalog.=) 'step'
    ORDER BY timer.due_at
    LIMIT $1
)
