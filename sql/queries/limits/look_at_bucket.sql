-- Somebody has to look at a bucket again at that time, if nobody has been asked to yet: whoever frees a place may not
-- see the hints that are just being parked.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
SELECT pg_catalog.concat('bucket ', $1), 0, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind OPERATOR(pg_catalog.=) pg_catalog.concat('bucket ', $1)
)
ON CONFLICT DO NOTHING
