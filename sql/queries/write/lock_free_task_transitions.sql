-- Locks those of these tasks' current transitions that nobody else has locked.
SELECT task_id
FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) ANY ($1)
  AND most_recent
FOR NO KEY UPDATE SKIP LOCKED
