-- The current transition of a task is so no longer.
UPDATE @installation@.tasker_task_transitions
SET most_recent = false,
    updated_at = $2
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND most_recent
