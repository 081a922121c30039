-- Current transitions to a state that does not exist.
SELECT 'tasker_workflow_step_transitions'::pg_catalog.text AS table_name, transition.to_state::pg_catalog.text AS to_state,
       pg_catalog.count(*) AS transitions, pg_catalog.min(transition.workflow_step_id) AS first_parent_id
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.most_recent
  AND transition.to_state::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (
      ARRAY['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually'])
GROUP BY transition.to_state
UNION ALL
SELECT 'tasker_task_transitions', transition.to_state::pg_catalog.text,
       pg_catalog.count(*), pg_catalog.min(transition.task_id)
FROM @installation@.tasker_task_transitions AS transition
WHERE transition.most_recent
  AND transition.to_state::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (
      ARRAY['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually'])
GROUP BY transition.to_state
ORDER BY to_state
