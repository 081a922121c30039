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
))
