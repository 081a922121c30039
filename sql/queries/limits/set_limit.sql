-- Sets a limit; a pause stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, max_running, max_starts, per)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope, name) DO UPDATE SET
    max_running = EXCLUDED.max_running,
    max_starts = EXCLUDED.max_starts,
    per = EXCLUDED.per
