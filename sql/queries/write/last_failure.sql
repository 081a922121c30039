-- Whether the last failure of a step was one that no retry helps: whoever writes the history may put any json there.
SELECT COALESCE((transition.metadata OPERATOR(pg_catalog.->) 'permanent') OPERATOR(pg_catalog.=) 'true'::pg_catalog.jsonb, false)
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) $1
  AND transition.to_state OPERATOR(pg_catalog.=) 'error'
  AND COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.<>) 'release_step'
ORDER BY transition.sort_key DESC
LIMIT 1
