-- The next hints in order whose tasks are no scheduler's: their steps and tasks.
SELECT pg_catalog.array_agg(hint.workflow_step_id), pg_catalog.array_agg(hint.task_id)
FROM (
    SELECT queued.workflow_step_id, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.offered_until OPERATOR(pg_catalog.=) '-infinity'
    ORDER BY queued.rank
    LIMIT $1
) AS hint
