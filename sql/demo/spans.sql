CREATE VIEW demo.spans AS
SELECT step.task_id, step.workflow_step_id, span.kind, span.worker, span.starts_at, span.ends_at
FROM tasker_workflow_steps AS step
CROSS JOIN LATERAL (
    SELECT CASE change.to_state WHEN 'in_progress' THEN 'running'
                                WHEN 'error' THEN 'backoff'
                                ELSE 'waiting' END AS kind,
           change.metadata ->> 'worker' AS worker,
           change.created_at AS starts_at,
           lead(change.created_at) OVER (ORDER BY change.sort_key) AS ends_at
    FROM (
        -- A new step is pending, but has no transition yet.
        SELECT 'pending' AS to_state, NULL AS metadata, step.created_at, -1 AS sort_key
        UNION ALL
        SELECT to_state, metadata, created_at, sort_key
        FROM tasker_workflow_step_transitions
        WHERE workflow_step_id = step.workflow_step_id
    ) AS change
) AS span
WHERE span.ends_at IS NOT NULL;

COMMENT ON VIEW demo.spans IS
'The periods in which a step waited, ran with a worker, or waited for its backoff to elapse.';
