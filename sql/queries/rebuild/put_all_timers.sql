-- A timer, due at once, for every step that somebody may have to look at again: those in progress without a lease, whose
-- worker may be gone, and those that have failed and have attempts left. Who looks applies the rule, and sets the right
-- time.
WITH written AS (
    INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
    SELECT 'step', step.workflow_step_id, step.state_since
    FROM @installation@.tasker_core_steps AS step
    WHERE (
        (
            step.state OPERATOR(pg_catalog.=) 'in_progress'
            AND NOT EXISTS (
                SELECT FROM @installation@.tasker_core_leases AS lease
                WHERE lease.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
                  AND lease.ended_as IS NULL
            )
        )
        OR (
            step.state OPERATOR(pg_catalog.=) 'error'
            AND step.retryable
            AND COALESCE(step.attempts, 0) OPERATOR(pg_catalog.<) GREATEST(COALESCE(step.retry_limit, 3), 1)
        )
    )
      AND step.state_since IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_core_timers AS timer
          WHERE timer.kind OPERATOR(pg_catalog.=) 'step'
            AND timer.subject_id OPERATOR(pg_catalog.=) step.workflow_step_id
      )
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT pg_catalog.count(*) AS inserted, 0::pg_catalog.int8 AS updated
FROM written
