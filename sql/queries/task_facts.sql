-- What the side row of a task must say, read from the Rails tables. `priority` is ours and not derived.
SELECT
    task.task_id,
    task.named_task_id,
    COALESCE(current_transition.to_state, 'pending') AS state,
    current_transition.created_at AS state_since,
    task.created_at
FROM @installation@.tasker_tasks AS task
LEFT JOIN LATERAL (
    SELECT transition.to_state, transition.created_at
    FROM @installation@.tasker_task_transitions AS transition
    WHERE transition.task_id OPERATOR(pg_catalog.=) task.task_id
      AND transition.most_recent
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS current_transition ON true
