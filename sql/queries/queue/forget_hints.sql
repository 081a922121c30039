-- Steps have been claimed: nothing hints at them any more. What somebody else has locked is left to him.
DELETE FROM @installation@.tasker_core_hints
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_hints AS queued
    WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
    FOR UPDATE SKIP LOCKED
))
