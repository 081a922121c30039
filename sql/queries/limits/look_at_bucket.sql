-- Somebody has to look at a bucket again at that time, if nobody has been asked to until then.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT pg_catalog.concat('bucket ', $1), $2, $3
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind OPERATOR(pg_catalog.=) pg_catalog.concat('bucket ', $1)
      AND timer.due_at OPERATOR(pg_catalog.<=) $3
)
ON CONFLICT DO NOTHING
