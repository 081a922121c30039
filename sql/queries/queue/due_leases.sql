-- Steps whose leases may have run out, but those, with their tasks. Not locked: who looks locks the step first.
SELECT workflow_step_id, task_id
FROM @installation@.tasker_core_leases
WHERE due_at OPERATOR(pg_catalog.<=) $1
  AND workflow_step_id OPERATOR(pg_catalog.<>) ALL ($3)
ORDER BY due_at
LIMIT $2
