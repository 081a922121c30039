-- Somebody has to look at these steps again at that time.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT 'step', step_id, $2
FROM pg_catalog.unnest($1) AS step_id
ON CONFLICT DO NOTHING
