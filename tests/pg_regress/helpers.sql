-- Short ways to write what the Rails engine writes, for the tests. They work in the first schema of the
-- search_path, into which they are put.

INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at)
VALUES (1, 'default', '2026-01-01', '2026-01-01');
INSERT INTO tasker_dependent_systems (dependent_system_id, name, created_at, updated_at)
VALUES (1, 'shop', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, name, created_at, updated_at)
VALUES (1, 'order', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_steps (named_step_id, dependent_system_id, name, created_at, updated_at)
SELECT number, 1, 'step_' || number, '2026-01-01', '2026-01-01'
FROM generate_series(1, 300) AS number;

-- A task with steps first_id, first_id + 1 …, and edges given as pairs of positions: '{{1,2},{1,3}}'.
CREATE FUNCTION make_task(id bigint, first_id bigint, steps integer, edges integer[] DEFAULT '{}')
RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
    VALUES (id, 1, '2026-01-01', 'task ' || id, '2026-01-01', '2026-01-01');
    INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
    SELECT first_id + number - 1, id, (number - 1) % 300 + 1, 0, '2026-01-01', '2026-01-01'
    FROM generate_series(1, steps) AS number;
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    SELECT first_id + edges[at][1] - 1, first_id + edges[at][2] - 1, 'provides', '2026-01-01', '2026-01-01'
    FROM generate_series(1, coalesce(array_length(edges, 1), 0)) AS at;
END;

-- A transition in the order of the state machine library: clear the current one, insert the next.
CREATE FUNCTION move_step(moved bigint, state text, at timestamp DEFAULT '2026-01-01 12:00:00')
RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = at
    WHERE workflow_step_id = moved AND most_recent;
    INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
    SELECT moved, state, coalesce(max(sort_key), 0) + 10, at, at
    FROM tasker_workflow_step_transitions WHERE workflow_step_id = moved;
END;

CREATE FUNCTION move_task(moved bigint, state text, at timestamp DEFAULT '2026-01-01 12:00:00')
RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    UPDATE tasker_task_transitions SET most_recent = false, updated_at = at
    WHERE task_id = moved AND most_recent;
    INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
    SELECT moved, state, coalesce(max(sort_key), 0) + 10, at, at
    FROM tasker_task_transitions WHERE task_id = moved;
END;

-- Sets all sequences beyond the ids that tests give.
CREATE FUNCTION skip_ids() RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    sequence regclass;
BEGIN
    FOR sequence IN SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S' LOOP
        PERFORM setval(sequence, 1000);
    END LOOP;
END
$$;
