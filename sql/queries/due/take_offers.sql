-- The next hints in order whose tasks are no scheduler's, past what somebody else is looking at.
SELECT task_id, workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_hints
WHERE offered_until OPERATOR(pg_catalog.=) '-infinity'
  AND (pg_catalog.cardinality($2) OPERATOR(pg_catalog.=) 0
       OR NOT task_id OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest($2)))
ORDER BY rank
LIMIT $1
FOR UPDATE SKIP LOCKED
