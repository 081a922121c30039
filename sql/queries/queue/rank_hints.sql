-- The hints at the steps of a task move forward by that much, but for those that somebody is just looking at.
UPDATE @installation@.tasker_core_hints
SET rank = rank OPERATOR(pg_catalog.-) $2
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
