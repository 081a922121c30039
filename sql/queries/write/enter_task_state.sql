-- The new current transition of a task that is locked.
INSERT INTO @installation@.tasker_task_transitions (
    task_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
SELECT
    $1, $2, $3, $4,
    COALESCE(
        (
            SELECT transition.sort_key
            FROM @installation@.tasker_task_transitions AS transition
            WHERE transition.task_id OPERATOR(pg_catalog.=) $1
            ORDER BY transition.sort_key DESC
            LIMIT 1
        ),
        0
    ) OPERATOR(pg_catalog.+) 10,
    true, $5, $5
RETURNING id, sort_key
