CREATE FUNCTION @extschema@.tasker_rails_get_analytics_metrics_v01(
    since_timestamp timestamptz DEFAULT NULL
)
RETURNS TABLE (
    active_tasks_count bigint,
    total_namespaces_count bigint,
    unique_task_types_count bigint,
    system_health_score numeric,
    task_throughput bigint,
    completion_count bigint,
    error_count bigint,
    completion_rate numeric,
    error_rate numeric,
    avg_task_duration numeric,
    avg_step_duration numeric,
    step_throughput bigint,
    analysis_period_start timestamptz,
    calculated_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'tasker_rails_analytics';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_analytics_metrics_v01(timestamptz) IS
'Replaces the engine''s get_analytics_metrics_v01, with its columns. tasker_core.rails_semantics '
'selects the answer: with v02 that of the engine (R15), but in UTC, whatever the TimeZone is; with '
'corrected that of tasker_analytics().

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501. Privileges: as tasker_analytics(). Complexity: as tasker_analytics().';
