-- How steps last failed: what the transition says, or what the engine keeps in the results.
SELECT
    step.workflow_step_id,
    COALESCE(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'error_message',
             step.results OPERATOR(pg_catalog.->>) 'error')::pg_catalog.text,
    (CASE
        WHEN transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.?) 'error_class' THEN transition.metadata::pg_catalog.jsonb
        ELSE step.results
    END OPERATOR(pg_catalog.->>) 'error_class')::pg_catalog.text
FROM @installation@.tasker_workflow_steps AS step
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
    AND transition.to_state OPERATOR(pg_catalog.=) 'error'
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
