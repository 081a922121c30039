-- Transitions of tasks that fit, the latest first, before $13, at most $14. What is not asked about is NULL; the plan is made for
-- what is. $1: task, $2: step, $3: states, $4 and $5: period, $6: what the metadata contain, $7: a key of them, $8: attempt, $9: whether
-- it let a failed step be tried again, $10 to $12: namespace, names of task and step.
SELECT
    transition.id, transition.task_id, NULL::pg_catalog.int8, namespace.name::pg_catalog.text, named_task.name::pg_catalog.text,
    named_task.version::pg_catalog.text, NULL::pg_catalog.text,
    COALESCE(NULLIF(transition.from_state, ''), previous.to_state)::pg_catalog.text,
    transition.to_state::pg_catalog.text, transition.created_at,
    CASE WHEN pg_catalog.isfinite(transition.created_at) AND pg_catalog.isfinite(previous.created_at)
        THEN transition.created_at OPERATOR(pg_catalog.-) previous.created_at END,
    transition.most_recent, transition.metadata::pg_catalog.jsonb,
    COALESCE(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.=) 'release_step',
    retry.is_retry
FROM @installation@.tasker_task_transitions AS transition
JOIN @installation@.tasker_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) transition.task_id
JOIN @installation@.tasker_named_tasks AS named_task
    ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
LEFT JOIN LATERAL (
    SELECT earlier.to_state, earlier.created_at
    FROM @installation@.tasker_task_transitions AS earlier
    WHERE earlier.task_id OPERATOR(pg_catalog.=) transition.task_id
      AND earlier.sort_key OPERATOR(pg_catalog.<) transition.sort_key
    ORDER BY earlier.sort_key DESC
    LIMIT 1
) AS previous ON true
CROSS JOIN LATERAL (
    SELECT transition.to_state OPERATOR(pg_catalog.=) 'pending'
        AND COALESCE(NULLIF(transition.from_state, ''), previous.to_state, '') OPERATOR(pg_catalog.=) 'error'
        AND NOT COALESCE(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.=) 'release_step' AS is_retry
) AS retry
WHERE ($1 IS NULL OR task.task_id OPERATOR(pg_catalog.=) $1)
  AND ($2 IS NULL OR false)
  AND ($3 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) ANY ($3))
  AND ($4 IS NULL OR transition.created_at OPERATOR(pg_catalog.>=) $4)
  AND ($5 IS NULL OR transition.created_at OPERATOR(pg_catalog.<) $5)
  AND ($6 IS NULL OR transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.@>) $6)
  AND ($7 IS NULL OR transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.?) $7)
  AND ($8 IS NULL OR transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->) 'attempt_number' OPERATOR(pg_catalog.=) pg_catalog.to_jsonb($8))
  AND ($9 IS NULL OR retry.is_retry OPERATOR(pg_catalog.=) $9)
  AND ($10 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $10)
  AND ($11 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $11)
  AND ($12 IS NULL OR false)
  AND ($13 IS NULL OR transition.id OPERATOR(pg_catalog.<) $13)
ORDER BY transition.id DESC
LIMIT $14
