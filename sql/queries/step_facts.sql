-- What the side row of a step must say, read from the Rails tables (and whether it has a rule, which is ours). The one definition: triggers, rebuild
-- and drift check all expand it. A foreign writer may have left several current transitions, hence LIMIT;
-- `+ 0` keeps the planner from walking the index on sort_key in search of one step.
SELECT
    step.workflow_step_id,
    step.task_id,
    step.created_at,
    current_transition.created_at AS state_since,
    step.last_attempted_at,
    step.named_step_id,
    step.attempts,
    step.retry_limit,
    step.backoff_request_seconds,
    step.retryable,
    step.in_process,
    step.processed,
    step.skippable,
    COALESCE(current_transition.to_state, 'pending') AS state,
    COALESCE(incoming.parent_step_ids, '{}') AS parent_step_ids,
    current_transition.backoff_seconds,
    @has_rule@ AS has_rule
FROM @installation@.tasker_workflow_steps AS step
LEFT JOIN LATERAL (
    SELECT transition.to_state, transition.created_at, @named_wait@ AS backoff_seconds
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      AND transition.most_recent
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS current_transition ON true
LEFT JOIN LATERAL (
    SELECT pg_catalog.array_agg(edge.from_step_id ORDER BY edge.from_step_id) AS parent_step_ids
    FROM @installation@.tasker_workflow_step_edges AS edge
    WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
) AS incoming ON true
