-- Pauses a task, or lets it go on ($2 NULL). One that is paused already has been so since then, by whom and for what reason
-- it was.
UPDATE @installation@.tasker_core_tasks
SET paused_at = CASE WHEN $2 IS NOT NULL THEN COALESCE(paused_at, $2) END,
    paused_by = CASE WHEN $2 IS NULL THEN NULL WHEN paused_at IS NULL THEN $3 ELSE paused_by END,
    pause_reason = CASE WHEN $2 IS NULL THEN NULL WHEN paused_at IS NULL THEN $4 ELSE pause_reason END
WHERE task_id OPERATOR(pg_catalog.=) $1
