-- What is known of work that was refused.
SELECT attempts, next_try, sqlstate, message, since
FROM @installation@.tasker_core_troubles
WHERE subject_id OPERATOR(pg_catalog.=) $2
  AND kind OPERATOR(pg_catalog.=) $1
