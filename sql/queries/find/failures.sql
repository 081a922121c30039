-- What failed since $1, most often first, at most $2 kinds. The transition says of which class a failure was, unless the
-- engine wrote it: then it is the class in the results, which is that of the step's last failure. Giving a step back is no
-- failure.
SELECT
    failure.namespace, failure.task_name, failure.name, failure.error_class,
    pg_catalog.count(*), pg_catalog.count(DISTINCT failure.workflow_step_id), pg_catalog.count(DISTINCT failure.task_id),
    pg_catalog.min(failure.failed_at), pg_catalog.max(failure.failed_at),
    (pg_catalog.array_agg(failure.message ORDER BY failure.failed_at DESC, failure.workflow_step_id DESC)
        FILTER (WHERE failure.message IS NOT NULL))[1],
    (pg_catalog.array_agg(failure.workflow_step_id ORDER BY failure.failed_at DESC, failure.workflow_step_id DESC))[1]
FROM (
    SELECT
        namespace.name::pg_catalog.text AS namespace, named_task.name::pg_catalog.text AS task_name,
        named_step.name::pg_catalog.text AS name,
        (CASE
            WHEN transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.?) 'error_class' THEN transition.metadata::pg_catalog.jsonb
            ELSE step.results
        END OPERATOR(pg_catalog.->>) 'error_class')::pg_catalog.text AS error_class,
        COALESCE(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'error_message',
                 step.results OPERATOR(pg_catalog.->>) 'error')::pg_catalog.text AS message,
        step.workflow_step_id, step.task_id, transition.created_at AS failed_at
    FROM @installation@.tasker_workflow_step_transitions AS transition
    JOIN @installation@.tasker_workflow_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) transition.workflow_step_id
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    JOIN @installation@.tasker_tasks AS task
        ON task.task_id OPERATOR(pg_catalog.=) step.task_id
    JOIN @installation@.tasker_named_tasks AS named_task
        ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
    JOIN @installation@.tasker_task_namespaces AS namespace
        ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
    WHERE transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND COALESCE(transition.metadata::pg_catalog.jsonb OPERATOR(pg_catalog.->>) 'triggered_by', '') OPERATOR(pg_catalog.<>) 'release_step'
      AND transition.created_at OPERATOR(pg_catalog.>=) $1
) AS failure
GROUP BY failure.namespace, failure.task_name, failure.name, failure.error_class
ORDER BY pg_catalog.count(*) DESC, failure.namespace, failure.task_name, failure.name, failure.error_class
LIMIT $2
