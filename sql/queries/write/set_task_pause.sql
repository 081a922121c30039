-- Pauses a task, or lets it go on ($2 NULL). One that is paused already has been so since then.
UPDATE @installation@.tasker_core_tasks
SET paused_at = CASE WHEN $2 IS NOT NULL THEN COALESCE(paused_at, $2) END
WHERE task_id OPERATOR(pg_catalog.=) $1
