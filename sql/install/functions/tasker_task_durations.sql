CREATE FUNCTION @extschema@.tasker_task_durations(
    since timestamptz DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL
)
RETURNS TABLE (
    namespace varchar,
    task_name varchar,
    version varchar,
    tasks bigint,
    average_seconds double precision,
    median_seconds double precision,
    p95_seconds double precision,
    p99_seconds double precision,
    longest_seconds double precision
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_task_durations';

COMMENT ON FUNCTION @extschema@.tasker_task_durations(timestamptz, text, text, text) IS
'Returns how long the tasks took that were completed or resolved after since, from their creation, '
'by their names: their number, average, median, 95th and 99th percentile and maximum, in seconds, '
'ordered by the names. since NULL: telemetry.metrics_retention_hours of tasker_config(), a day by '
'default. The filters take namespace, name and version; NULL: any. For a caller under row-level '
'security, the figures cover the rows that it may see, which takes longer.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501. Privileges: as tasker_slowest_tasks(). Complexity: one pass over the side '
'rows of tasks.';
