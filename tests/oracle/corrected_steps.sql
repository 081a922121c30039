-- One row per step by the corrected rules, with the facts from which every other corrected answer follows.
CREATE OR REPLACE FUNCTION oracle.corrected_steps(task_ids bigint[], step_ids bigint[], at timestamp)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    name text,
    current_state text,
    dependencies_satisfied boolean,
    retry_eligible boolean,
    ready_for_execution boolean,
    last_failure_at timestamp,
    next_retry_at timestamp,
    total_parents integer,
    completed_parents integer,
    attempts integer,
    retry_limit integer,
    backoff_request_seconds integer,
    last_attempted_at timestamp,
    blocking_reason text,
    eligible_since timestamp,
    permanently_blocked boolean,
    blocked_by_cancellation boolean,
    waiting_for_retry boolean
)
LANGUAGE plpgsql
STABLE
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE family AS (
        -- The tasks' steps and all their ancestors, those in other tasks included.
        SELECT step.workflow_step_id
        FROM tasker_workflow_steps AS step
        WHERE step.task_id = ANY (task_ids)
        UNION
        SELECT edge.from_step_id
        FROM family
        JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = family.workflow_step_id
    ),
    fact AS MATERIALIZED (
        SELECT
            step.*,
            COALESCE(own.to_state, 'pending')::text AS state,
            own.created_at AS state_since
        FROM family
        JOIN tasker_workflow_steps AS step ON step.workflow_step_id = family.workflow_step_id
        LEFT JOIN tasker_workflow_step_transitions AS own
            ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
    ),
    link AS MATERIALIZED (
        SELECT
            child.workflow_step_id AS child_id,
            child.state AS child_state,
            parent.workflow_step_id AS parent_id,
            parent.state AS parent_state,
            parent.task_id = child.task_id AS same_task,
            parent.state_since AS parent_since
        FROM fact AS child
        JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = child.workflow_step_id
        JOIN fact AS parent ON parent.workflow_step_id = edge.from_step_id
    ),
    below_cancelled (workflow_step_id) AS (
        -- A least fixed point: from cancelled steps downwards, through steps of the same task that have not run.
        SELECT link.child_id
        FROM link
        WHERE link.parent_state = 'cancelled' AND link.child_state IN ('pending', 'error')
        UNION
        SELECT link.child_id
        FROM below_cancelled
        JOIN link ON link.parent_id = below_cancelled.workflow_step_id
        WHERE link.child_state IN ('pending', 'error') AND link.same_task
    ),
    parents AS (
        SELECT
            link.child_id,
            count(*)::integer AS total,
            (count(*) FILTER (WHERE link.parent_state IN ('complete', 'resolved_manually')))::integer AS satisfied,
            max(link.parent_since) AS latest_since
        FROM link
        GROUP BY link.child_id
    ),
    judged AS (
        SELECT
            fact.*,
            named_step.name::text AS step_name,
            COALESCE(parents.total, 0) AS total,
            COALESCE(parents.satisfied, 0) AS satisfied,
            parents.latest_since,
            below_cancelled.workflow_step_id IS NOT NULL AS cancelled_above,
            COALESCE(task_current.to_state IN ('complete', 'cancelled', 'resolved_manually'), false) AS task_closed,
            fact.state IN ('pending', 'error') AND NOT fact.processed AS unfinished,
            COALESCE(fact.attempts, 0)
                < CASE WHEN fact.retryable THEN GREATEST(COALESCE(fact.retry_limit, 3), 1) ELSE 1 END
                AS budget_left,
            GREATEST(
                fact.last_attempted_at + fact.backoff_request_seconds * interval '1 second',
                CASE WHEN fact.state = 'error' THEN fact.state_since + oracle.failure_delay(fact.attempts) END
            ) AS latest_wait
        FROM fact
        JOIN tasker_named_steps AS named_step ON named_step.named_step_id = fact.named_step_id
        LEFT JOIN parents ON parents.child_id = fact.workflow_step_id
        LEFT JOIN below_cancelled ON below_cancelled.workflow_step_id = fact.workflow_step_id
        LEFT JOIN tasker_task_transitions AS task_current
            ON task_current.task_id = fact.task_id AND task_current.most_recent
        WHERE fact.task_id = ANY (task_ids)
            AND (step_ids IS NULL OR fact.workflow_step_id = ANY (step_ids))
    ),
    decided AS (
        SELECT
            judged.*,
            judged.unfinished
                AND (NOT judged.budget_left OR (judged.state = 'error' AND NOT judged.retryable)) AS for_good,
            judged.unfinished
                AND judged.budget_left
                AND (judged.retryable OR judged.state <> 'error')
                AND NOT judged.in_process
                AND judged.satisfied = judged.total
                AND NOT judged.task_closed AS runnable,
            COALESCE(judged.latest_wait <= at, true) AS waited
        FROM judged
    )
    SELECT
        decided.workflow_step_id,
        decided.task_id,
        decided.named_step_id,
        decided.step_name,
        decided.state,
        decided.satisfied = decided.total,
        decided.budget_left AND (decided.retryable OR decided.state <> 'error'),
        decided.runnable AND decided.waited,
        CASE WHEN decided.state = 'error' THEN decided.state_since END,
        CASE
            WHEN decided.unfinished
                AND NOT decided.for_good
                AND NOT decided.cancelled_above
                AND NOT decided.task_closed
            THEN decided.latest_wait
        END,
        decided.total,
        decided.satisfied,
        COALESCE(decided.attempts, 0),
        GREATEST(COALESCE(decided.retry_limit, 3), 1),
        decided.backoff_request_seconds,
        decided.last_attempted_at,
        CASE
            WHEN decided.runnable AND decided.waited THEN NULL
            WHEN decided.task_closed THEN 'task_closed'
            WHEN decided.state = 'in_progress' THEN 'in_progress'
            WHEN decided.state IN ('complete', 'resolved_manually') THEN 'finished'
            WHEN decided.state = 'cancelled' THEN 'cancelled'
            WHEN decided.processed THEN 'processed'
            WHEN decided.for_good AND decided.state = 'error' AND NOT decided.retryable THEN 'not_retryable'
            WHEN decided.for_good THEN 'retries_exhausted'
            WHEN decided.cancelled_above AND decided.skippable THEN 'skipped_by_cancellation'
            WHEN decided.cancelled_above THEN 'blocked_by_cancellation'
            WHEN decided.satisfied < decided.total THEN 'dependencies_not_satisfied'
            WHEN decided.in_process THEN 'in_process'
            ELSE 'waiting_for_backoff'
        END,
        CASE
            WHEN decided.runnable AND decided.waited
            THEN GREATEST(decided.created_at, decided.state_since, decided.latest_wait, decided.latest_since)
        END,
        decided.for_good OR (decided.processed AND decided.state IN ('pending', 'error')),
        decided.cancelled_above AND NOT decided.processed AND NOT decided.for_good,
        decided.runnable AND NOT decided.waited
    FROM decided
    ORDER BY decided.task_id, decided.workflow_step_id;
END
$$;
COMMENT ON FUNCTION oracle.corrected_steps(bigint[], bigint[], timestamp) IS
    'steps by the corrected rules at a given time, with the facts behind the answer';
