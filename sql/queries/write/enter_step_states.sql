-- The new current transitions of steps that are locked: the second half of every move.
INSERT INTO @installation@.tasker_workflow_step_transitions (
    workflow_step_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
SELECT
    moved.workflow_step_id, $3, $4, moved.metadata,
    COALESCE(
        (
            SELECT transition.sort_key
            FROM @installation@.tasker_workflow_step_transitions AS transition
            WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) moved.workflow_step_id
            ORDER BY transition.sort_key DESC
            LIMIT 1
        ),
        0
    ) OPERATOR(pg_catalog.+) 10,
    true, $5, $5
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS moved (workflow_step_id, metadata)
RETURNING
    id, workflow_step_id, sort_key,
    -- Whether it is what we have written: a trigger may have changed it.
    most_recent AND to_state::pg_catalog.text OPERATOR(pg_catalog.=) $3 AND created_at OPERATOR(pg_catalog.=) $5
