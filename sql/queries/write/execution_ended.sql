-- How the execution ended for which this token was given: the step's history knows.
SELECT transition.to_state::pg_catalog.text, transition.metadata
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
  AND transition.to_state OPERATOR(pg_catalog.<>) 'in_progress'
  AND (transition.metadata OPERATOR(pg_catalog.->>) 'claim_token') OPERATOR(pg_catalog.=) $2::pg_catalog.text
ORDER BY transition.sort_key DESC
LIMIT 1
