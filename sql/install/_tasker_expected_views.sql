CREATE FUNCTION @extschema@._tasker_expected_views(installation regnamespace)
RETURNS TABLE (view_name text, query text, meaning text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- A column that a view shows cannot change its type: those of tasks that nothing here needs are left to a join.
    SELECT v.view_name, replace(v.query, '@installation@', installation::text), v.meaning
    FROM (VALUES
        ('tasker_core_current_steps',
         'SELECT step.workflow_step_id, step.task_id, step.named_step_id, named_step.name AS step_name,
                 COALESCE(transition.to_state, ''pending'') AS state,
                 COALESCE(transition.created_at, step.created_at) AS state_since,
                 COALESCE(step.attempts, 0) AS attempts, COALESCE(step.retry_limit, 3) AS retry_limit, step.retryable,
                 step.skippable, step.processed_at, step.last_attempted_at, step.created_at
          FROM @installation@.tasker_workflow_steps AS step
          JOIN @installation@.tasker_named_steps AS named_step
              ON named_step.named_step_id = step.named_step_id
          LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
              ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent',
         'Every step with its name and current state (naive UTC). Who reads it needs SELECT on the tables below it.'),
        ('tasker_core_current_tasks',
         'SELECT task.task_id, task.named_task_id, namespace.name AS namespace, named_task.name AS task_name, named_task.version,
                 COALESCE(transition.to_state, ''pending'') AS state,
                 COALESCE(transition.created_at, task.created_at) AS state_since, task.created_at
          FROM @installation@.tasker_tasks AS task
          JOIN @installation@.tasker_named_tasks AS named_task ON named_task.named_task_id = task.named_task_id
          JOIN @installation@.tasker_task_namespaces AS namespace
              ON namespace.task_namespace_id = named_task.task_namespace_id
          LEFT JOIN @installation@.tasker_task_transitions AS transition
              ON transition.task_id = task.task_id AND transition.most_recent',
         'Every task with its names and current state (naive UTC). Who reads it needs SELECT on the tables below it.')
    ) AS v (view_name, query, meaning)
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_views(regnamespace) IS
'The views of an installation and what each consists of.

Data only: raises nothing, needs no privilege, constant cost.';
