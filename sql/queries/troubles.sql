-- Work that the engine refused, and when it is tried again.

-- name: put
-- Records that work was refused. If several sessions record the same work at once, one of them
-- does, and none waits, also not for a session that deletes the note.
INSERT INTO @installation@.tasker_core_troubles AS known (
    subject_id, kind, attempts, next_try, sqlstate, message, since
)
SELECT $2, $1, $3, $4, $5, $6, $7
WHERE pg_try_advisory_xact_lock(
    hashtextextended(concat_ws(' ', 'tasker_core_troubles', $1, $2), $8))
  AND (
      NOT EXISTS (
          SELECT FROM @installation@.tasker_core_troubles
          WHERE subject_id = $2
            AND kind = $1
      )
      OR EXISTS (
          SELECT FROM @installation@.tasker_core_troubles
          WHERE subject_id = $2
            AND kind = $1
          FOR UPDATE SKIP LOCKED
      )
  )
ON CONFLICT (subject_id, kind) DO UPDATE
SET attempts = EXCLUDED.attempts, next_try = EXCLUDED.next_try, sqlstate = EXCLUDED.sqlstate,
    message = EXCLUDED.message;

-- name: end
-- Deletes the record of refused work that has now been done.
DELETE FROM @installation@.tasker_core_troubles
WHERE ctid = ANY (ARRAY(
    SELECT known.ctid
    FROM @installation@.tasker_core_troubles AS known
    WHERE known.subject_id = ANY ($2)
      AND known.kind = $1
    FOR UPDATE SKIP LOCKED
));

-- name: of
-- The records of refused work.
SELECT attempts, next_try, sqlstate, message, since
FROM @installation@.tasker_core_troubles
WHERE subject_id = $2
  AND kind = $1;

-- name: trim
-- Deletes records of work that another session has done, or whose subject is gone.
DELETE FROM @installation@.tasker_core_troubles
WHERE ctid = ANY (ARRAY(
    SELECT known.ctid
    FROM @installation@.tasker_core_troubles AS known
    WHERE NOT EXISTS (
            SELECT FROM @installation@.tasker_core_timers AS timer
            WHERE timer.kind =
                  CASE WHEN known.kind = 'claim' THEN 'step' ELSE known.kind END
              -- The timer of a bucket has the number of a backend.
              AND known.subject_id = ANY (ARRAY[0, timer.subject_id]))
      -- The next round of the retention finds its tasks without a timer.
      AND NOT (known.kind = 'purge' AND EXISTS (
            SELECT FROM @installation@.tasker_core_tasks AS task
            WHERE task.task_id = known.subject_id))
      AND NOT (known.kind = 'claim' AND EXISTS (
            SELECT FROM @installation@.tasker_core_hints AS hint
            WHERE hint.workflow_step_id = known.subject_id))
    FOR UPDATE OF known SKIP LOCKED
));

-- name: put_off_leases
-- Sets the time of the next check of leases that could not be taken back. A lease that a heartbeat
-- has locked becomes due by itself.
UPDATE @installation@.tasker_core_leases
SET due_at = $2
WHERE ctid = ANY (ARRAY(
    SELECT lease.ctid
    FROM @installation@.tasker_core_leases AS lease
    WHERE lease.workflow_step_id = ANY ($1)
      AND lease.due_at < $2
    FOR UPDATE SKIP LOCKED
));
