-- The engine's check of a new edge as its Ruby runs it (R12): a walk over a copy of all edges of all tasks.
CREATE FUNCTION bench.closes_cycle(from_step bigint, to_step bigint)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE all_edges AS (
        SELECT edge.from_step_id, edge.to_step_id FROM tasker_workflow_step_edges AS edge
        UNION ALL
        SELECT from_step, to_step
    ), walk AS (
        SELECT start.to_step_id AS reached, ARRAY[start.from_step_id, start.to_step_id] AS path
        FROM all_edges AS start
        WHERE start.from_step_id = to_step
        UNION ALL
        SELECT step.to_step_id, walk.path || step.to_step_id
        FROM walk
        JOIN all_edges AS step ON step.from_step_id = walk.reached
        WHERE step.to_step_id <> ALL (walk.path)
    )
    SELECT EXISTS (SELECT FROM walk WHERE reached = from_step)
$$;
