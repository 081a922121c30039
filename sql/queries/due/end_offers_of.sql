-- If schedulers have been handed these tasks and have not dealt with them in time, they are anybody's again.
WITH task AS MATERIALIZED (
    DELETE FROM @installation@.tasker_core_task_leases
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_task_leases AS queued
        WHERE queued.task_id OPERATOR(pg_catalog.=) ANY ($1)
          AND queued.lease_until OPERATOR(pg_catalog.<=) $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING task_id
), hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = '-infinity'
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.workflow_step_id OPERATOR(pg_catalog.=) ANY (ARRAY(
            SELECT step.workflow_step_id
            FROM @installation@.tasker_core_steps AS step
            WHERE step.task_id OPERATOR(pg_catalog.=) ANY ($1)
        ))
          AND queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
          AND queued.offered_until OPERATOR(pg_catalog.<=) $2
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = '-infinity'
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) ANY ($1)
      AND queued.offered_until OPERATOR(pg_catalog.>) '-infinity'
      AND queued.offered_until OPERATOR(pg_catalog.<=) $2
    FOR UPDATE SKIP LOCKED
))
