-- Work that the engine refused, and when it is tried again.

-- name: put
-- Work was refused. Of several who note the same at the same time one does, and nobody waits for another.
INSERT INTO @installation@.tasker_core_troubles AS known (
    subject_id, kind, attempts, next_try, sqlstate, message, since
)
SELECT $2, $1, $3, $4, $5, $6, $7
WHERE pg_catalog.pg_try_advisory_xact_lock(
    pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', 'tasker_core_troubles', $1, $2), $8))
ON CONFLICT (subject_id, kind) DO UPDATE
SET attempts = EXCLUDED.attempts, next_try = EXCLUDED.next_try, sqlstate = EXCLUDED.sqlstate,
    message = EXCLUDED.message;

-- name: end
-- What was refused before has been done.
DELETE FROM @installation@.tasker_core_troubles
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT known.ctid
    FROM @installation@.tasker_core_troubles AS known
    WHERE known.subject_id OPERATOR(pg_catalog.=) ANY ($2)
      AND known.kind OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
));

-- name: of
-- What is known of work that was refused.
SELECT attempts, next_try, sqlstate, message, since
FROM @installation@.tasker_core_troubles
WHERE subject_id OPERATOR(pg_catalog.=) $2
  AND kind OPERATOR(pg_catalog.=) $1;

-- name: trim
-- Work to which nothing leads any more: it was done by somebody else, or its subject is gone.
DELETE FROM @installation@.tasker_core_troubles
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT known.ctid
    FROM @installation@.tasker_core_troubles AS known
    WHERE NOT EXISTS (
            SELECT FROM @installation@.tasker_core_timers AS timer
            WHERE timer.kind OPERATOR(pg_catalog.=)
                  CASE WHEN known.kind OPERATOR(pg_catalog.=) 'claim' THEN 'step' ELSE known.kind END
              -- The timer of a bucket has the number of a backend.
              AND known.subject_id OPERATOR(pg_catalog.=) ANY (ARRAY[0, timer.subject_id]))
      AND NOT (known.kind OPERATOR(pg_catalog.=) 'claim' AND EXISTS (
            SELECT FROM @installation@.tasker_core_hints AS hint
            WHERE hint.workflow_step_id OPERATOR(pg_catalog.=) known.subject_id))
    FOR UPDATE OF known SKIP LOCKED
));

-- name: put_off_leases
-- Leases that could not be taken back: somebody looks again at that time. What a heartbeat holds is due again by itself.
UPDATE @installation@.tasker_core_leases
SET due_at = $2
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT lease.ctid
    FROM @installation@.tasker_core_leases AS lease
    WHERE lease.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
      AND lease.due_at OPERATOR(pg_catalog.<) $2
    FOR UPDATE SKIP LOCKED
));
