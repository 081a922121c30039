-- How long steps of these names have taken lately: the median, in seconds, of up to 20 executions of each that ended
-- well, among the 2,000 steps before $2. A bounded look, since nothing is indexed by name and time.
SELECT recent.named_step_id,
       pg_catalog.percentile_cont(0.5) WITHIN GROUP (
           ORDER BY pg_catalog.date_part('epoch', ended.created_at OPERATOR(pg_catalog.-) started.created_at)
       ) AS seconds
FROM (
    SELECT step.workflow_step_id, step.named_step_id,
           pg_catalog.row_number() OVER (PARTITION BY step.named_step_id ORDER BY step.workflow_step_id DESC) AS place
    FROM (
        SELECT workflow_step_id, named_step_id, processed
        FROM @installation@.tasker_workflow_steps
        WHERE workflow_step_id OPERATOR(pg_catalog.<) $2
        ORDER BY workflow_step_id DESC
        LIMIT 2000
    ) AS step
    WHERE step.processed
      AND step.named_step_id OPERATOR(pg_catalog.=) ANY ($1)
) AS recent
CROSS JOIN LATERAL (
    SELECT transition.created_at, transition.sort_key
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) recent.workflow_step_id
      AND transition.most_recent
      AND pg_catalog.isfinite(transition.created_at)
      AND transition.to_state OPERATOR(pg_catalog.=) 'complete'
    LIMIT 1
) AS ended
CROSS JOIN LATERAL (
    SELECT transition.created_at
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) recent.workflow_step_id
      AND transition.sort_key OPERATOR(pg_catalog.<) ended.sort_key
      AND pg_catalog.isfinite(transition.created_at)
      AND transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
    ORDER BY transition.sort_key DESC
    LIMIT 1
) AS started
WHERE recent.place OPERATOR(pg_catalog.<=) 20
GROUP BY recent.named_step_id
