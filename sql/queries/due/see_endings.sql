-- The next tasks that may be over, in the order in which they were, and are no scheduler's.
SELECT pg_catalog.array_agg(ending.task_id)
FROM (
    SELECT queued.task_id
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.offered_until OPERATOR(pg_catalog.=) '-infinity'
    ORDER BY queued.noted_at
    LIMIT $1
) AS ending
