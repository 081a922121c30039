-- Those of these steps that were left out.
SELECT transition.workflow_step_id
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND transition.most_recent
  AND transition.to_state OPERATOR(pg_catalog.=) 'resolved_manually'
  AND (transition.metadata OPERATOR(pg_catalog.->>) 'skipped') OPERATOR(pg_catalog.=) 'true'
