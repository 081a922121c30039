-- Rebuilds the side tables from the tables of the engine.

-- name: put_all_attempted
-- Every step that is in error, or pending and not as it was created.
WITH written AS (
    INSERT INTO @installation@.tasker_core_attempted (workflow_step_id)
    SELECT step.workflow_step_id
    FROM @installation@.tasker_core_steps AS step
    WHERE @is_attempted@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS inserted, 0::int8 AS updated
FROM written;

-- name: delete_orphaned_attempted
-- Rows about steps that are gone, or that are neither in error, nor pending and not as they were
-- created.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_attempted AS attempted
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id = attempted.workflow_step_id
          AND @is_attempted@
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: delete_orphaned_rules
-- Rules of steps that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_rules AS rule
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_workflow_steps AS step
        WHERE step.workflow_step_id = rule.workflow_step_id
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: delete_orphaned_signals
-- Signals to tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_signals AS signal
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_tasks AS task
        WHERE task.task_id = signal.task_id
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: delete_orphaned_decisions
-- Decisions over steps that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_decisions AS decision
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id = decision.workflow_step_id
          AND step.has_rule
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: put_all_decisions
-- A decision for every step with a rule that has not ended and that nothing in the queues is about.
WITH written AS (
    INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
    SELECT step.workflow_step_id, step.workflow_step_id
    FROM @installation@.tasker_core_steps AS step
    JOIN @installation@.tasker_core_tasks AS task ON task.task_id = step.task_id
    WHERE step.has_rule
      AND step.state = ANY (ARRAY['pending', 'error'])
      AND NOT step.processed
      AND task.state <> ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
      AND @unqueued@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS inserted, 0::int8 AS updated
FROM written;

-- name: analyze_tasks
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_tasks;

-- name: analyze_steps
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_steps;

-- name: analyze_hints
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_hints;

-- name: analyze_decisions
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_decisions;

-- name: analyze_attempted
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_attempted;

-- name: analyze_timers
-- Statistics of a table that was just filled.
ANALYZE @installation@.tasker_core_timers;

-- name: put_all_steps
-- Makes every side row say what the Rails tables say, writing only what differs. Run with a pinned
-- search_path.
WITH written AS (
    INSERT INTO @installation@.tasker_core_steps AS side (
        @step_columns@
    )
    @step_facts@
    ON CONFLICT (workflow_step_id) DO UPDATE SET
        @set_step_columns@
    WHERE side.task_id IS DISTINCT FROM EXCLUDED.task_id
       OR side.created_at IS DISTINCT FROM EXCLUDED.created_at
       OR side.state_since IS DISTINCT FROM EXCLUDED.state_since
       OR side.last_attempted_at IS DISTINCT FROM EXCLUDED.last_attempted_at
       OR side.named_step_id IS DISTINCT FROM EXCLUDED.named_step_id
       OR side.attempts IS DISTINCT FROM EXCLUDED.attempts
       OR side.retry_limit IS DISTINCT FROM EXCLUDED.retry_limit
       OR side.backoff_request_seconds IS DISTINCT FROM EXCLUDED.backoff_request_seconds
       OR side.retryable IS DISTINCT FROM EXCLUDED.retryable
       OR side.in_process IS DISTINCT FROM EXCLUDED.in_process
       OR side.processed IS DISTINCT FROM EXCLUDED.processed
       OR side.skippable IS DISTINCT FROM EXCLUDED.skippable
       OR side.state IS DISTINCT FROM EXCLUDED.state
       OR side.parent_step_ids IS DISTINCT FROM EXCLUDED.parent_step_ids
       OR side.backoff_seconds IS DISTINCT FROM EXCLUDED.backoff_seconds
       OR side.has_rule IS DISTINCT FROM EXCLUDED.has_rule
    RETURNING side.xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated
FROM written;

-- name: put_all_tasks
-- Makes every side row say what the Rails tables say, writing only what differs. Run with a pinned
-- search_path.
WITH written AS (
    INSERT INTO @installation@.tasker_core_tasks
        AS side (task_id, named_task_id, state, state_since, created_at)
    @task_facts@
    ON CONFLICT (task_id) DO UPDATE SET
        @set_task_columns@
    WHERE side.named_task_id IS DISTINCT FROM EXCLUDED.named_task_id
       OR side.state IS DISTINCT FROM EXCLUDED.state
       OR side.state_since IS DISTINCT FROM EXCLUDED.state_since
       OR side.created_at IS DISTINCT FROM EXCLUDED.created_at
    RETURNING side.xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated
FROM written;

-- name: delete_orphaned_steps
-- Removes side rows whose step is gone. Run with a pinned search_path.
WITH removed AS (
    DELETE FROM @installation@.tasker_core_steps AS side
    WHERE NOT EXISTS (
        SELECT 1
        FROM @installation@.tasker_workflow_steps AS kept
        WHERE kept.workflow_step_id = side.workflow_step_id
    )
    RETURNING side.workflow_step_id
)
SELECT count(*) AS deleted
FROM removed;

-- name: put_all_hints
-- A hint at every step that is pending, unheld, without an unfinished parent, and that nothing else
-- in the queues is about: whatever they have lost is found again by the next claim.
WITH written AS (
    INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id,
        named_step_id, named_task_id, rank)
    SELECT step.workflow_step_id, step.workflow_step_id, step.task_id, step.named_step_id,
        task.named_task_id,
           GREATEST(step.created_at, step.state_since) -
               ($1 * task.priority::float8)
    FROM @installation@.tasker_core_steps AS step
    JOIN @installation@.tasker_core_tasks AS task ON task.task_id = step.task_id
    WHERE step.state = 'pending'
      AND NOT step.in_process
      AND NOT step.processed
      AND NOT step.has_rule
      AND task.state <> ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
      AND @unqueued@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS inserted, 0::int8 AS updated
FROM written;

-- name: delete_orphaned_hints
-- Hints at steps that are gone, or past being claimed.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_hints AS hint
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id = hint.workflow_step_id
          AND (step.state = 'pending' OR step.state = 'error')
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: put_all_timers
-- Sets a timer, due at once, for every step that may need an action: steps in progress without a
-- lease, whose worker may be gone, and failed steps with attempts left. Maintenance applies the
-- rule, and sets the right time.
WITH written AS (
    INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
    SELECT 'step', step.workflow_step_id, step.state_since
    FROM @installation@.tasker_core_steps AS step
    WHERE (
        (
            step.state = 'in_progress'
            AND NOT EXISTS (
                SELECT FROM @installation@.tasker_core_leases AS lease
                WHERE lease.workflow_step_id = step.workflow_step_id
                  AND lease.ended_as IS NULL
            )
        )
        OR (
            step.state = 'error'
            AND step.retryable
            AND COALESCE(step.attempts, 0) < GREATEST(COALESCE(step.retry_limit, 3), 1)
        )
    )
      AND step.state_since IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_core_timers AS timer
          WHERE timer.kind = 'step'
            AND timer.subject_id = step.workflow_step_id
      )
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS inserted, 0::int8 AS updated
FROM written;

-- name: delete_orphaned_timers
-- Timers for steps that are gone, or that nothing more can happen to, and for tasks that are gone.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_timers AS timer
    WHERE (
        timer.kind = 'step'
        AND NOT EXISTS (
            SELECT FROM @installation@.tasker_core_steps AS step
            WHERE step.workflow_step_id = timer.subject_id
              AND step.state <> ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
        )
    ) OR (
        timer.kind = 'task'
        AND NOT EXISTS (
            SELECT FROM @installation@.tasker_core_tasks AS task
            WHERE task.task_id = timer.subject_id
        )
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;

-- name: delete_orphaned_tasks
-- Removes side rows whose task is gone. Run with a pinned search_path.
WITH removed AS (
    DELETE FROM @installation@.tasker_core_tasks AS side
    WHERE NOT EXISTS (
        SELECT 1
        FROM @installation@.tasker_tasks AS kept
        WHERE kept.task_id = side.task_id
    )
    RETURNING side.task_id
)
SELECT count(*) AS deleted
FROM removed;
