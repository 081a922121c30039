-- Somebody has to look at this step or task again at that time.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
