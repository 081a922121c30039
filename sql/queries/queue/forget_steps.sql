-- Steps have moved on: nothing in the queues is about them any more. What somebody else has locked is left to him:
-- he finds out for himself that there is nothing to do.
WITH hint AS (
    DELETE FROM @installation@.tasker_core_hints
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
), parked AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_parked AS queued
        WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_timers
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.kind OPERATOR(pg_catalog.=) 'step'
      AND queued.subject_id OPERATOR(pg_catalog.=) ANY ($1)
    FOR UPDATE SKIP LOCKED
))
