-- The transitions of a step, each with its end: the beginning of the next one. A from_state that the writer left out is
-- where the transition before it led to (semantics C3).
SELECT
    transition.id, transition.sort_key,
    COALESCE(
        NULLIF(transition.from_state, ''), pg_catalog.lag(transition.to_state) OVER in_order
    )::pg_catalog.text AS from_state,
    transition.to_state::pg_catalog.text,
    transition.created_at AS entered_at,
    pg_catalog.lead(transition.created_at) OVER in_order AS left_at,
    CASE WHEN pg_catalog.isfinite(pg_catalog.lead(transition.created_at) OVER in_order) AND pg_catalog.isfinite(transition.created_at)
        THEN pg_catalog.lead(transition.created_at) OVER in_order OPERATOR(pg_catalog.-) transition.created_at END AS duration,
    transition.most_recent, transition.metadata::pg_catalog.jsonb,
    COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.=) 'release_step' AS is_release
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
WINDOW in_order AS (ORDER BY transition.sort_key)
ORDER BY transition.sort_key
