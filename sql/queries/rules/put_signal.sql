-- A signal; one that has been sent before stays as it was.
INSERT INTO @installation@.tasker_core_signals (task_id, name, payload, sent_at, sent_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
