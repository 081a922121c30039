-- A task has been ended, or is gone. What somebody else is looking at he will drop himself.
DELETE FROM @installation@.tasker_core_endings
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
))
