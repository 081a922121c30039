-- A hint at every step that is pending, unheld, without an unfinished parent, and that nothing else in the
-- queues is about: whatever they have lost is found again by the next claim.
WITH written AS (
    INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id, named_task_id, rank)
    SELECT step.workflow_step_id, step.workflow_step_id, step.task_id, step.named_step_id, task.named_task_id,
           GREATEST(step.created_at, step.state_since) OPERATOR(pg_catalog.-)
               ($1 OPERATOR(pg_catalog.*) task.priority::pg_catalog.float8)
    FROM @installation@.tasker_core_steps AS step
    JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
    WHERE step.state OPERATOR(pg_catalog.=) 'pending'
      AND NOT step.in_process
      AND NOT step.processed
      AND NOT step.has_rule
      AND task.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
      AND @unqueued@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT pg_catalog.count(*) AS inserted, 0::pg_catalog.int8 AS updated
FROM written
