-- A decision for every step with a rule that has not ended and that nothing in the queues is about.
WITH written AS (
    INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
    SELECT step.workflow_step_id, step.workflow_step_id
    FROM @installation@.tasker_core_steps AS step
    JOIN @installation@.tasker_core_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
    WHERE step.has_rule
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'error'])
      AND NOT step.processed
      AND task.state OPERATOR(pg_catalog.<>) ALL (ARRAY['complete', 'cancelled', 'resolved_manually'])
      AND @unqueued@
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT pg_catalog.count(*) AS inserted, 0::pg_catalog.int8 AS updated
FROM written
