-- Semantics: v02, corrected, or corrected_rails, which is what the Rails functions answer when they are set
-- to the corrected rules: no status of its own for a closed task, and a row for each mention of an id.
CREATE OR REPLACE FUNCTION oracle.task_context(task_ids bigint[], at timestamp, semantics text)
RETURNS TABLE (
    task_id bigint,
    named_task_id integer,
    status text,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    completed_steps bigint,
    failed_steps bigint,
    cancelled_steps bigint,
    ready_steps bigint,
    blocked_steps bigint,
    execution_status text,
    recommended_action text,
    completion_percentage numeric,
    health_status text,
    next_eligible_at timestamp
)
LANGUAGE plpgsql
STABLE
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    IF semantics IS NULL OR semantics NOT IN ('v02', 'corrected', 'corrected_rails') THEN
        RAISE EXCEPTION 'unknown semantics "%"', semantics;
    END IF;
    RETURN QUERY
    WITH step AS (
        SELECT
            found.task_id,
            found.current_state,
            found.ready_for_execution,
            found.current_state = 'error' AND found.attempts >= found.retry_limit AS blocked,
            false AS waiting,
            NULL::timestamp AS waits_until,
            found.current_state IN ('complete', 'resolved_manually') AS settled
        FROM oracle.v02_steps(task_ids, NULL, at) AS found
        WHERE semantics = 'v02'
        UNION ALL
        SELECT
            found.task_id,
            found.current_state,
            found.ready_for_execution,
            found.permanently_blocked,
            found.waiting_for_retry,
            CASE WHEN found.waiting_for_retry THEN found.next_retry_at END,
            found.current_state IN ('complete', 'resolved_manually', 'cancelled') OR found.blocked_by_cancellation
        FROM oracle.corrected_steps(task_ids, NULL, at) AS found
        WHERE semantics <> 'v02'
    ),
    counted AS (
        SELECT
            step.task_id,
            count(*) AS total,
            count(*) FILTER (WHERE step.current_state = 'pending') AS pending,
            count(*) FILTER (WHERE step.current_state = 'in_progress') AS in_progress,
            count(*) FILTER (WHERE step.current_state IN ('complete', 'resolved_manually')) AS completed,
            count(*) FILTER (WHERE step.current_state = 'error') AS failed,
            count(*) FILTER (WHERE step.current_state = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE step.ready_for_execution) AS ready,
            count(*) FILTER (WHERE step.blocked) AS blocked,
            bool_or(step.waiting) AS waiting,
            bool_and(step.settled) AS settled,
            min(step.waits_until) AS waits_until
        FROM step
        GROUP BY step.task_id
    ),
    asked AS (
        SELECT mention.id FROM unnest(task_ids) AS mention (id) WHERE semantics <> 'corrected'
        UNION ALL
        SELECT DISTINCT mention.id FROM unnest(task_ids) AS mention (id) WHERE semantics = 'corrected'
    ),
    summary AS (
        SELECT
            task.task_id,
            task.named_task_id,
            COALESCE(own.to_state, 'pending')::text AS status,
            COALESCE(counted.total, 0) AS total,
            COALESCE(counted.pending, 0) AS pending,
            COALESCE(counted.in_progress, 0) AS in_progress,
            COALESCE(counted.completed, 0) AS completed,
            COALESCE(counted.failed, 0) AS failed,
            COALESCE(counted.cancelled, 0) AS cancelled,
            COALESCE(counted.ready, 0) AS ready,
            COALESCE(counted.blocked, 0) AS blocked,
            counted.waits_until,
            CASE
                WHEN counted.ready > 0 THEN 'has_ready_steps'
                WHEN counted.in_progress > 0 THEN 'processing'
                WHEN counted.waiting THEN 'waiting_for_dependencies'
                WHEN counted.blocked > 0 THEN 'blocked_by_failures'
                WHEN COALESCE(counted.settled, semantics <> 'v02') THEN 'all_complete'
                ELSE 'waiting_for_dependencies'
            END AS execution
        FROM asked
        JOIN tasker_tasks AS task ON task.task_id = asked.id
        LEFT JOIN tasker_task_transitions AS own ON own.task_id = task.task_id AND own.most_recent
        LEFT JOIN counted ON counted.task_id = task.task_id
    ),
    shown AS (
        SELECT
            summary.*,
            CASE
                WHEN semantics = 'corrected'
                    AND summary.status IN ('complete', 'cancelled', 'resolved_manually')
                    AND summary.in_progress = 0
                THEN 'closed'
                ELSE summary.execution
            END AS shown_execution
        FROM summary
    )
    SELECT
        shown.task_id,
        shown.named_task_id,
        shown.status,
        shown.total,
        shown.pending,
        shown.in_progress,
        shown.completed,
        shown.failed,
        CASE WHEN semantics <> 'v02' THEN shown.cancelled END,
        shown.ready,
        CASE WHEN semantics <> 'v02' THEN shown.blocked END,
        shown.shown_execution,
        CASE shown.shown_execution
            WHEN 'closed' THEN 'none'
            WHEN 'has_ready_steps' THEN 'execute_ready_steps'
            WHEN 'processing' THEN 'wait_for_completion'
            WHEN 'blocked_by_failures' THEN 'handle_failures'
            WHEN 'all_complete' THEN 'finalize_task'
            WHEN 'waiting_for_dependencies' THEN 'wait_for_dependencies'
        END,
        CASE
            WHEN shown.total > 0 THEN round(shown.completed::numeric / shown.total * 100, 2)
            WHEN semantics = 'v02' THEN 0.0
            ELSE 100.00
        END,
        CASE
            WHEN semantics = 'v02' THEN
                CASE
                    WHEN shown.failed = 0 THEN 'healthy'
                    WHEN shown.ready > 0 OR shown.blocked = 0 THEN 'recovering'
                    ELSE 'blocked'
                END
            WHEN shown.blocked > 0 THEN 'blocked'
            WHEN shown.failed = 0 THEN 'healthy'
            ELSE 'recovering'
        END,
        shown.waits_until
    FROM shown
    ORDER BY shown.task_id;
END
$$;
COMMENT ON FUNCTION oracle.task_context(bigint[], timestamp, text) IS
    'execution contexts under the semantics v02, corrected or corrected_rails at a given time';
