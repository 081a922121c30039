-- The level of every step as the engine finds it (R10): by walking every path from every root.
CREATE OR REPLACE FUNCTION oracle.calculate_dependency_levels(input_task_id bigint)
RETURNS TABLE (workflow_step_id bigint, dependency_level integer)
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE reached AS (
        SELECT root.workflow_step_id, 0 AS distance
        FROM tasker_workflow_steps AS root
        WHERE root.task_id = input_task_id
          AND NOT EXISTS (SELECT FROM tasker_workflow_step_edges AS above WHERE above.to_step_id = root.workflow_step_id)
        UNION ALL
        SELECT edge.to_step_id, reached.distance + 1
        FROM reached
        JOIN tasker_workflow_step_edges AS edge ON edge.from_step_id = reached.workflow_step_id
    )
    SELECT reached.workflow_step_id, max(reached.distance)
    FROM reached
    GROUP BY reached.workflow_step_id
    ORDER BY 2, 1
$$;

COMMENT ON FUNCTION oracle.calculate_dependency_levels(bigint) IS
'The levels of a task''s steps as calculate_dependency_levels answers, at what it costs there: a walk over every path.';
