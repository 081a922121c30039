-- Work was refused. Of several who note the same at the same time one does, and nobody waits for another.
INSERT INTO @installation@.tasker_core_troubles AS known (
    subject_id, kind, attempts, next_try, sqlstate, message, since
)
SELECT $2, $1, $3, $4, $5, $6, $7
WHERE pg_catalog.pg_try_advisory_xact_lock(
    pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', 'tasker_core_troubles', $1, $2), $8))
ON CONFLICT (subject_id, kind) DO UPDATE
SET attempts = EXCLUDED.attempts, next_try = EXCLUDED.next_try, sqlstate = EXCLUDED.sqlstate,
    message = EXCLUDED.message
