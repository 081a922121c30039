-- A task is gone: nobody has to look at it any more. What somebody else has locked he is just taking out himself.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.kind OPERATOR(pg_catalog.=) 'task'
      AND queued.subject_id OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
))
