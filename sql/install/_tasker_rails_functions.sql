CREATE FUNCTION @extschema@._tasker_rails_functions()
RETURNS TABLE (
    function_name   text,   -- implemented by tasker_rails_<function_name>
    input_arguments text,   -- as pg_get_function_arguments() spells them
    argument_types  text,
    result_columns  text    -- as pg_get_function_result() spells them
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 9
AS $$
    VALUES
        ('calculate_dependency_levels',
            'input_task_id bigint',
            'bigint',
            'workflow_step_id bigint, dependency_level integer'),
        ('get_analytics_metrics_v01',
            'since_timestamp timestamp with time zone DEFAULT NULL::timestamp with time zone',
            'timestamp with time zone',
            'active_tasks_count bigint, total_namespaces_count bigint, '
            'unique_task_types_count bigint, system_health_score numeric, task_throughput bigint, '
            'completion_count bigint, error_count bigint, completion_rate numeric, '
            'error_rate numeric, avg_task_duration numeric, avg_step_duration numeric, '
            'step_throughput bigint, analysis_period_start timestamp with time zone, '
            'calculated_at timestamp with time zone'),
        ('get_slowest_steps_v01',
            'since_timestamp timestamp with time zone DEFAULT NULL::timestamp with time zone, '
            'limit_count integer DEFAULT 10, namespace_filter text DEFAULT NULL::text, '
            'task_name_filter text DEFAULT NULL::text, version_filter text DEFAULT NULL::text',
            'timestamp with time zone, integer, text, text, text',
            'workflow_step_id bigint, task_id bigint, step_name character varying, '
            'task_name character varying, namespace_name character varying, '
            'version character varying, duration_seconds numeric, attempts integer, '
            'created_at timestamp with time zone, completed_at timestamp with time zone, '
            'retryable boolean, step_status character varying'),
        ('get_slowest_tasks_v01',
            'since_timestamp timestamp with time zone DEFAULT NULL::timestamp with time zone, '
            'limit_count integer DEFAULT 10, namespace_filter text DEFAULT NULL::text, '
            'task_name_filter text DEFAULT NULL::text, version_filter text DEFAULT NULL::text',
            'timestamp with time zone, integer, text, text, text',
            'task_id bigint, task_name character varying, namespace_name character varying,'
            ' version character varying, duration_seconds numeric, step_count bigint, '
            'completed_steps bigint, error_steps bigint, created_at timestamp with time zone, '
            'completed_at timestamp with time zone, initiator character varying, '
            'source_system character varying'),
        ('get_step_readiness_status',
            'input_task_id bigint, step_ids bigint[] DEFAULT NULL::bigint[]',
            'bigint, bigint[]',
            'workflow_step_id bigint, task_id bigint, named_step_id integer, name text, '
            'current_state text, dependencies_satisfied boolean, retry_eligible boolean, '
            'ready_for_execution boolean, last_failure_at timestamp without time zone, '
            'next_retry_at timestamp without time zone, total_parents integer, '
            'completed_parents integer, attempts integer, retry_limit integer, '
            'backoff_request_seconds integer, last_attempted_at timestamp without time zone'),
        ('get_step_readiness_status_batch',
            'input_task_ids bigint[]',
            'bigint[]',
            'workflow_step_id bigint, task_id bigint, named_step_id integer, name text, '
            'current_state text, dependencies_satisfied boolean, retry_eligible boolean, '
            'ready_for_execution boolean, last_failure_at timestamp without time zone, '
            'next_retry_at timestamp without time zone, total_parents integer, '
            'completed_parents integer, attempts integer, retry_limit integer, '
            'backoff_request_seconds integer, last_attempted_at timestamp without time zone'),
        ('get_system_health_counts_v01',
            '',
            '',
            'total_tasks bigint, pending_tasks bigint, in_progress_tasks bigint, '
            'complete_tasks bigint, error_tasks bigint, cancelled_tasks bigint, '
            'total_steps bigint, pending_steps bigint, in_progress_steps bigint, '
            'complete_steps bigint, error_steps bigint, retryable_error_steps bigint, '
            'exhausted_retry_steps bigint, in_backoff_steps bigint, active_connections bigint, '
            'max_connections bigint'),
        ('get_task_execution_context',
            'input_task_id bigint',
            'bigint',
            'task_id bigint, named_task_id integer, status text, total_steps bigint, '
            'pending_steps bigint, in_progress_steps bigint, completed_steps bigint, '
            'failed_steps bigint, ready_steps bigint, execution_status text, '
            'recommended_action text, completion_percentage numeric, health_status text'),
        ('get_task_execution_contexts_batch',
            'input_task_ids bigint[]',
            'bigint[]',
            'task_id bigint, named_task_id integer, status text, total_steps bigint, '
            'pending_steps bigint, in_progress_steps bigint, completed_steps bigint, '
            'failed_steps bigint, ready_steps bigint, execution_status text, '
            'recommended_action text, completion_percentage numeric, health_status text')
$$;

COMMENT ON FUNCTION @extschema@._tasker_rails_functions() IS
'The functions of the Rails engine that the extension can replace, with the signatures that the '
'engine calls.

Data only: raises nothing, needs no privilege, constant cost.';
