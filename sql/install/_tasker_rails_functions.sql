CREATE FUNCTION @extschema@._tasker_rails_functions()
RETURNS TABLE (
    function_name   text,   -- implemented by tasker_rails_<function_name>
    input_arguments text,   -- as pg_get_function_arguments() spells them
    argument_types  text,
    result_columns  text    -- as pg_get_function_result() spells them
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
AS $$
    VALUES
        ('calculate_dependency_levels',
            'input_task_id bigint',
            'bigint',
            'workflow_step_id bigint, dependency_level integer'),
        ('get_step_readiness_status',
            'input_task_id bigint, step_ids bigint[] DEFAULT NULL::bigint[]',
            'bigint, bigint[]',
            'workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text,'
            ' dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,'
            ' last_failure_at timestamp without time zone, next_retry_at timestamp without time zone,'
            ' total_parents integer, completed_parents integer, attempts integer, retry_limit integer,'
            ' backoff_request_seconds integer, last_attempted_at timestamp without time zone'),
        ('get_step_readiness_status_batch',
            'input_task_ids bigint[]',
            'bigint[]',
            'workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text,'
            ' dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,'
            ' last_failure_at timestamp without time zone, next_retry_at timestamp without time zone,'
            ' total_parents integer, completed_parents integer, attempts integer, retry_limit integer,'
            ' backoff_request_seconds integer, last_attempted_at timestamp without time zone'),
        ('get_task_execution_context',
            'input_task_id bigint',
            'bigint',
            'task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,'
            ' in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,'
            ' execution_status text, recommended_action text, completion_percentage numeric, health_status text'),
        ('get_task_execution_contexts_batch',
            'input_task_ids bigint[]',
            'bigint[]',
            'task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,'
            ' in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,'
            ' execution_status text, recommended_action text, completion_percentage numeric, health_status text')
$$;

COMMENT ON FUNCTION @extschema@._tasker_rails_functions() IS
'The functions of the Rails engine that the extension can replace, with the signatures that the engine calls.

Data only: raises nothing, needs no privilege, constant cost.';
