-- The next hints in order, past what somebody else is looking at, and what is held up anyway ($4, $5).
SELECT workflow_step_id, cause_id, rank, named_task_id, named_step_id, xmin, task_id
FROM @installation@.tasker_core_hints
WHERE rank OPERATOR(pg_catalog.>=) $2
  AND (pg_catalog.cardinality($3) OPERATOR(pg_catalog.=) 0
       OR NOT workflow_step_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($3)))
  AND named_task_id OPERATOR(pg_catalog.<>) ALL ($4)
  AND named_step_id OPERATOR(pg_catalog.<>) ALL ($5)
ORDER BY rank
LIMIT $1
@lock@
