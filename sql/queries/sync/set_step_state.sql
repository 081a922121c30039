-- Follows a change of a step's current transition.
UPDATE @installation@.tasker_core_steps AS side
SET state = COALESCE(facts.state, 'pending'),
    state_since = facts.state_since,
    backoff_seconds = facts.backoff_seconds
FROM (SELECT 1) AS always
LEFT JOIN (
    SELECT transition.to_state AS state, transition.created_at AS state_since, @named_wait@ AS backoff_seconds
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
      AND transition.most_recent
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS facts ON true
WHERE side.workflow_step_id OPERATOR(pg_catalog.=) $1
