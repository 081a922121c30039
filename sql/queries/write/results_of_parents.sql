-- What the parents of claimed steps have left behind. Each table is looked into for the row at hand, as for the steps.
SELECT edge.to_step_id, parent.name::pg_catalog.text, parent.results
FROM @installation@.tasker_workflow_step_edges AS edge
CROSS JOIN LATERAL (
    SELECT named_parent.name, done.results
    FROM @installation@.tasker_workflow_steps AS done
    JOIN @installation@.tasker_named_steps AS named_parent
        ON named_parent.named_step_id OPERATOR(pg_catalog.=) done.named_step_id
    WHERE done.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
    OFFSET 0
) AS parent
WHERE edge.to_step_id OPERATOR(pg_catalog.=) ANY ($1)
