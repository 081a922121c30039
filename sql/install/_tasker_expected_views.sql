CREATE FUNCTION @extschema@._tasker_expected_views(installation regnamespace)
RETURNS TABLE (
    view_name      text,
    result_columns text,   -- as pg_get_function_result() spells them
    told_table     text,   -- handed to the function, by its oid
    query          text,   -- the body of the function of the same name, from which the view selects
    meaning        text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- A view keeps the columns that it names from changing their type; the text of a function keeps
    -- none. But where a view follows its tables when their schema is renamed, a text goes by names,
    -- which may lead to another installation: hence the last condition, which costs nothing, as the
    -- planner decides it.
    SELECT v.view_name, v.result_columns, v.told_table,
           replace(v.query, '@installation@', installation::text)
               || format(E'\n          WHERE CASE WHEN %L::pg_catalog.regclass '
                         'OPERATOR(pg_catalog.=) $1 THEN true'
                         '\n                     ELSE (%L::pg_catalog.text)::pg_catalog.bool END',
                         format('%s.%I', installation, v.told_table),
                         format('the schema of view "%s" was renamed: run tasker_install()',
                                v.view_name))
               -- PostgreSQL would convert such a column in the time zone of the session. The
               -- functions refuse it as well (55000). The message is a SELECT: otherwise the
               -- planner would evaluate it, and raise the error, in any case.
               || format(E'\n            AND CASE WHEN NOT EXISTS ('
                         'SELECT FROM pg_catalog.pg_attribute AS a'
                         ' WHERE a.attrelid IN (%L::pg_catalog.regclass, %L::pg_catalog.regclass)'
                         ' AND a.attname IN (''created_at'', ''processed_at'', '
                         '''last_attempted_at'')'
                         ' AND a.atttypid OPERATOR(pg_catalog.=) '
                         '''pg_catalog.timestamptz''::pg_catalog.regtype) THEN true'
                         '\n                     '
                         'ELSE (SELECT %L::pg_catalog.text)::pg_catalog.bool END',
                         format('%s.%I', installation, v.told_table),
                         format('%s.%I', installation, v.transitions),
                         format('a time column of %s or %s is not of type timestamp without time '
                                'zone: change it back',
                                v.told_table, v.transitions)),
           v.meaning
    FROM (VALUES
        ('tasker_core_current_steps',
         'workflow_step_id bigint, task_id bigint, named_step_id integer, '
         'step_name character varying, state character varying, '
         'state_since timestamp without time zone, attempts integer, retry_limit integer, '
         'retryable boolean, skippable boolean, processed_at timestamp without time zone, '
         'last_attempted_at timestamp without time zone, created_at timestamp without time zone',
         'tasker_workflow_steps', 'tasker_workflow_step_transitions',
         'SELECT step.workflow_step_id, step.task_id, step.named_step_id, '
         'named_step.name AS step_name,
                 COALESCE(transition.to_state, ''pending'') AS state,
                 COALESCE(transition.created_at, step.created_at) AS state_since,
                 COALESCE(step.attempts, 0) AS attempts, '
         'COALESCE(step.retry_limit, 3) AS retry_limit, step.retryable,
                 step.skippable, step.processed_at, step.last_attempted_at, step.created_at
          FROM @installation@.tasker_workflow_steps AS step
          JOIN @installation@.tasker_named_steps AS named_step
              ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
          LEFT JOIN @installation@.tasker_workflow_step_transitions AS transition
              ON transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id '
         'AND transition.most_recent',
         'Every step with its name and current state (naive UTC). Who reads it needs SELECT on the '
         'tables below it.'),
        ('tasker_core_current_tasks',
         'task_id bigint, named_task_id integer, namespace character varying, '
         'task_name character varying, version character varying, state character varying, '
         'state_since timestamp without time zone, created_at timestamp without time zone',
         'tasker_tasks', 'tasker_task_transitions',
         'SELECT task.task_id, task.named_task_id, namespace.name AS namespace, '
         'named_task.name AS task_name, named_task.version,
                 COALESCE(transition.to_state, ''pending'') AS state,
                 COALESCE(transition.created_at, task.created_at) AS state_since, task.created_at
          FROM @installation@.tasker_tasks AS task
          JOIN @installation@.tasker_named_tasks AS named_task
              ON named_task.named_task_id OPERATOR(pg_catalog.=) task.named_task_id
          JOIN @installation@.tasker_task_namespaces AS namespace
              ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
          LEFT JOIN @installation@.tasker_task_transitions AS transition
              ON transition.task_id OPERATOR(pg_catalog.=) task.task_id AND transition.most_recent',
         'Every task with its names and current state (naive UTC). Who reads it needs SELECT on '
         'the tables below it.')
    ) AS v (view_name, result_columns, told_table, transitions, query, meaning)
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_views(regnamespace) IS
'The views of an installation, and the functions from which they select.

Data only: raises nothing, needs no privilege, constant cost.';
