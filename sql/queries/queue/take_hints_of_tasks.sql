-- The next hints at steps in tasks of these names, so many of each, in order, but for what is held up anyway ($4, $5).
SELECT hint.workflow_step_id, hint.cause_id, hint.rank, hint.named_task_id, hint.named_step_id, hint.writer,
    hint.task_id
FROM pg_catalog.unnest($6) AS wanted (named_task_id)
CROSS JOIN LATERAL (
    SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.named_task_id, queued.named_step_id,
        queued.xmin AS writer, queued.task_id
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.named_task_id OPERATOR(pg_catalog.=) wanted.named_task_id
      AND queued.rank OPERATOR(pg_catalog.>=) $2
      AND (pg_catalog.cardinality($3) OPERATOR(pg_catalog.=) 0
           OR NOT queued.workflow_step_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($3)))
      AND queued.named_task_id OPERATOR(pg_catalog.<>) ALL ($4)
      AND queued.named_step_id OPERATOR(pg_catalog.<>) ALL ($5)
    ORDER BY queued.rank
    LIMIT $1
    @lock@
) AS hint
ORDER BY hint.rank
