-- The baseline of the benches: what the engine's functions would answer if they did not fail at every call (semantics
-- R14), with the joins that they make: from the creation of a task until the last of its steps completed or failed, each
-- step counted once for each of its transitions; from the creation of a step until it was complete.
CREATE OR REPLACE FUNCTION oracle.get_slowest_tasks_v01(
    since_timestamp timestamptz DEFAULT NULL,
    limit_count integer DEFAULT 10,
    namespace_filter text DEFAULT NULL,
    task_name_filter text DEFAULT NULL,
    version_filter text DEFAULT NULL
)
RETURNS TABLE (
    task_id bigint, task_name varchar, namespace_name varchar, version varchar, duration_seconds numeric,
    step_count bigint, completed_steps bigint, error_steps bigint, created_at timestamptz, completed_at timestamptz,
    initiator varchar, source_system varchar
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        task.task_id, named_task.name, namespace.name, named_task.version,
        round(extract(epoch FROM max(made.created_at) FILTER (WHERE made.most_recent AND made.to_state IN ('complete', 'error'))
            - task.created_at), 3),
        count(step.workflow_step_id),
        count(completed.workflow_step_id),
        count(failed.workflow_step_id),
        task.created_at AT TIME ZONE 'UTC',
        max(made.created_at) FILTER (WHERE made.most_recent AND made.to_state IN ('complete', 'error')) AT TIME ZONE 'UTC',
        task.initiator, task.source_system
    FROM tasker_tasks AS task
    JOIN tasker_named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
    JOIN tasker_task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
    JOIN tasker_workflow_steps AS step ON step.task_id = task.task_id
    LEFT JOIN tasker_workflow_step_transitions AS made ON made.workflow_step_id = step.workflow_step_id
    LEFT JOIN tasker_workflow_step_transitions AS completed
        ON completed.workflow_step_id = step.workflow_step_id AND completed.most_recent AND completed.to_state = 'complete'
    LEFT JOIN tasker_workflow_step_transitions AS failed
        ON failed.workflow_step_id = step.workflow_step_id AND failed.most_recent AND failed.to_state = 'error'
    WHERE task.created_at > COALESCE(since_timestamp, now() - interval '1 day')
      AND (namespace_filter IS NULL OR namespace.name = namespace_filter)
      AND (task_name_filter IS NULL OR named_task.name = task_name_filter)
      AND (version_filter IS NULL OR named_task.version = version_filter)
    GROUP BY task.task_id, named_task.named_task_id, namespace.task_namespace_id
    HAVING count(*) FILTER (WHERE made.most_recent AND made.to_state IN ('complete', 'error')) > 0
    ORDER BY max(made.created_at) FILTER (WHERE made.most_recent AND made.to_state IN ('complete', 'error')) - task.created_at DESC,
        task.task_id
    LIMIT limit_count;
END;
$$;

CREATE OR REPLACE FUNCTION oracle.get_slowest_steps_v01(
    since_timestamp timestamptz DEFAULT NULL,
    limit_count integer DEFAULT 10,
    namespace_filter text DEFAULT NULL,
    task_name_filter text DEFAULT NULL,
    version_filter text DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint, task_id bigint, step_name varchar, task_name varchar, namespace_name varchar,
    version varchar, duration_seconds numeric, attempts integer, created_at timestamptz, completed_at timestamptz,
    retryable boolean, step_status varchar
)
LANGUAGE plpgsql
STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        step.workflow_step_id, step.task_id, named_step.name, named_task.name, namespace.name, named_task.version,
        round(extract(epoch FROM own.created_at - step.created_at), 3), step.attempts,
        step.created_at AT TIME ZONE 'UTC', own.created_at AT TIME ZONE 'UTC', step.retryable, own.to_state
    FROM tasker_workflow_steps AS step
    JOIN tasker_named_steps AS named_step ON named_step.named_step_id = step.named_step_id
    JOIN tasker_tasks AS task ON task.task_id = step.task_id
    JOIN tasker_named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
    JOIN tasker_task_namespaces AS namespace ON namespace.task_namespace_id = named_task.task_namespace_id
    JOIN tasker_workflow_step_transitions AS own ON own.workflow_step_id = step.workflow_step_id AND own.most_recent
    WHERE step.created_at > COALESCE(since_timestamp, now() - interval '1 day')
      AND own.to_state = 'complete'
      AND own.created_at > step.created_at
      AND (namespace_filter IS NULL OR namespace.name = namespace_filter)
      AND (task_name_filter IS NULL OR named_task.name = task_name_filter)
      AND (version_filter IS NULL OR named_task.version = version_filter)
    ORDER BY own.created_at - step.created_at DESC, step.workflow_step_id
    LIMIT limit_count;
END;
$$;
