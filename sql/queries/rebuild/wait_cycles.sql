-- Tasks that wait for themselves, through their own steps or those of other tasks, at most $1: each with such a step, and how many
-- there are.
WITH RECURSIVE waits AS MATERIALIZED (
    SELECT rule.task_id, rule.waited_task_id, rule.workflow_step_id
    FROM @installation@.tasker_core_rules AS rule
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
),
reached (origin, step_id, task_id) AS (
    SELECT waits.task_id, waits.workflow_step_id, waits.waited_task_id
    FROM waits
    UNION
    SELECT earlier.origin, earlier.step_id, waits.waited_task_id
    FROM reached AS earlier
    JOIN waits ON waits.task_id OPERATOR(pg_catalog.=) earlier.task_id
    WHERE earlier.task_id OPERATOR(pg_catalog.<>) earlier.origin
)
SELECT reached.origin, pg_catalog.min(reached.step_id), pg_catalog.count(*) OVER ()
FROM reached
WHERE reached.task_id OPERATOR(pg_catalog.=) reached.origin
GROUP BY reached.origin
ORDER BY reached.origin
LIMIT $1
