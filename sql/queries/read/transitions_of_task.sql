-- The transitions of all steps of a task, step by step in their order, each with the wait that it names, and whether it belongs
-- to giving a step back.
SELECT transition.workflow_step_id, transition.to_state::pg_catalog.text, transition.created_at, @named_wait@ AS backoff_seconds,
    COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.=) 'release_step' AS is_release
FROM @installation@.tasker_workflow_steps AS step
JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
WHERE step.task_id OPERATOR(pg_catalog.=) $1
ORDER BY transition.workflow_step_id, transition.sort_key
