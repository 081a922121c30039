-- The steps that depend on a step that $1 depends on too, each with how many parents they share, and whether they have the
-- same ones.
WITH own AS (
    SELECT DISTINCT edge.from_step_id AS parent_id
    FROM @installation@.tasker_workflow_step_edges AS edge
    @of_visible_parent@
    WHERE edge.to_step_id OPERATOR(pg_catalog.=) $1
)
SELECT
    step.workflow_step_id, step.task_id, named_step.name::pg_catalog.text,
    COALESCE(transition.to_state, 'pending')::pg_catalog.text, shared.parents::pg_catalog.int4,
    shared.parents OPERATOR(pg_catalog.=) (SELECT pg_catalog.count(*) FROM own)
        AND shared.parents OPERATOR(pg_catalog.=) (
            SELECT pg_catalog.count(DISTINCT edge.from_step_id)
            FROM @installation@.tasker_workflow_step_edges AS edge
            @of_visible_parent@
            WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
        )
FROM (
    SELECT edge.to_step_id AS step_id, pg_catalog.count(DISTINCT edge.from_step_id) AS parents
    FROM own
    JOIN @installation@.tasker_workflow_step_edges AS edge
        ON edge.from_step_id OPERATOR(pg_catalog.=) own.parent_id
    WHERE edge.to_step_id OPERATOR(pg_catalog.<>) $1
    GROUP BY edge.to_step_id
) AS shared
JOIN @installation@.tasker_workflow_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) shared.step_id
@of_visible_task@
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
    AND transition.most_recent
ORDER BY step.workflow_step_id
