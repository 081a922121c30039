-- Buckets whose time has come.
SELECT timer.kind, timer.subject_id
FROM @installation@.tasker_core_timers AS timer
WHERE timer.due_at OPERATOR(pg_catalog.<=) $1
  AND timer.kind OPERATOR(pg_catalog.<>) ALL (ARRAY['step', 'task'])
ORDER BY timer.due_at
LIMIT $2
