-- Until then no scheduler is offered the task for what is known of it now; what somebody else is looking at he will see to.
WITH hint AS (
    UPDATE @installation@.tasker_core_hints
    SET offered_until = $2
    WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_hints AS queued
        WHERE queued.task_id OPERATOR(pg_catalog.=) $1
          AND queued.workflow_step_id OPERATOR(pg_catalog.=) ANY (ARRAY(
              SELECT step.workflow_step_id
              FROM @installation@.tasker_core_steps AS step
              WHERE step.task_id OPERATOR(pg_catalog.=) $1
          ))
        FOR UPDATE SKIP LOCKED
    ))
)
UPDATE @installation@.tasker_core_endings
SET offered_until = $2
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_endings AS queued
    WHERE queued.task_id OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
))
