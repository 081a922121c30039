CREATE FUNCTION @extschema@.tasker_step_trends(
    since timestamptz DEFAULT NULL,
    compared_since timestamptz DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL
)
RETURNS TABLE (
    namespace varchar,
    task_name varchar,
    version varchar,
    step_name varchar,
    executions bigint,
    median_seconds double precision,
    p95_seconds double precision,
    earlier_executions bigint,
    earlier_median_seconds double precision,
    earlier_p95_seconds double precision,
    change_percent double precision
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_step_trends';

COMMENT ON FUNCTION @extschema@.tasker_step_trends(timestamptz, timestamptz, text, text, text) IS
'Returns whether steps have become slower. For each name of task and step, it compares the '
'executions that completed after since with those from compared_since until since; it counts '
'executions as tasker_step_durations() does. change_percent: the change of the median, NULL if one '
'of the periods has no execution, or if the earlier median is 0; rows with the greatest change '
'come first. since NULL: telemetry.metrics_retention_hours of tasker_config(), a day by default. '
'compared_since NULL: the period before is seven times as long as that after since. The filters '
'take the namespace, name and version of the task; NULL: any. For a caller under row-level '
'security, the figures cover the rows that it may see, which takes longer.

Errors: 22023 when compared_since is not earlier than since; 42P01 when no Tasker tables are in '
'the search_path, 55000 when tasker_install() has not been run there, 42501. Privileges: as '
'tasker_slowest_steps(). Complexity: one pass over the side rows of steps, and an index look-up '
'for each step that counts.';
