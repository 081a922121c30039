-- Pauses a scope ($3), or resumes it (NULL); a limit stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, paused_at, reason)
VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, name) DO UPDATE SET
    paused_at = CASE WHEN EXCLUDED.paused_at IS NULL THEN NULL
                     ELSE COALESCE(known.paused_at, EXCLUDED.paused_at) END,
    reason = EXCLUDED.reason
