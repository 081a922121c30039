-- What the results of the parents of step $1, with $4 of those among them alone, say to these predicates; NULL where that
-- cannot be said.
SELECT condition.place, pg_catalog.bool_and(COALESCE(
    pg_catalog.jsonb_path_match(parent.results, condition.path::pg_catalog.jsonpath, '{}', true), false))
FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) WITH ORDINALITY AS condition (name, path, place)
JOIN @installation@.tasker_workflow_step_edges AS edge
    ON edge.to_step_id OPERATOR(pg_catalog.=) $1
JOIN @installation@.tasker_workflow_steps AS parent
    ON parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
   AND ($4 IS NULL OR parent.workflow_step_id OPERATOR(pg_catalog.=) ANY ($4))
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) parent.named_step_id
   AND named_step.name OPERATOR(pg_catalog.=) condition.name
GROUP BY condition.place
