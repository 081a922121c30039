-- What the steps of a task add up to.
SELECT
    pg_catalog.count(*),
    pg_catalog.count(*) FILTER (WHERE step.is_done),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'error'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'in_progress'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'cancelled'),
    pg_catalog.count(*) FILTER (WHERE step.state OPERATOR(pg_catalog.=) 'pending'),
    pg_catalog.max(step.processed_at) FILTER (WHERE step.is_done),
    COALESCE(pg_catalog.bool_and(step.is_done), true)
FROM (
    SELECT
        COALESCE(transition.to_state, 'pending') AS state, step.processed_at,
        COALESCE(transition.to_state, 'pending')
            OPERATOR(pg_catalog.=) ANY (ARRAY['complete', 'resolved_manually']) AS is_done
    FROM @installation@.tasker_workflow_steps AS step
    LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
        ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
        AND transition.most_recent
    WHERE step.task_id OPERATOR(pg_catalog.=) $1
) AS step
HAVING EXISTS (SELECT FROM @installation@.tasker_tasks AS task WHERE task.task_id OPERATOR(pg_catalog.=) $1)
