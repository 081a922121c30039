-- The next hints in order, past what somebody else is looking at.
SELECT workflow_step_id, cause_id, rank, xmin
FROM @installation@.tasker_core_hints
WHERE rank OPERATOR(pg_catalog.>=) $2
  AND workflow_step_id OPERATOR(pg_catalog.<>) ALL ($3)
ORDER BY rank
LIMIT $1
FOR UPDATE SKIP LOCKED
