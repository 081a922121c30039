CREATE FUNCTION @extschema@.tasker_step_durations(
    since timestamptz DEFAULT NULL,
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
    average_seconds double precision,
    median_seconds double precision,
    p95_seconds double precision,
    p99_seconds double precision,
    longest_seconds double precision
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
AS 'MODULE_PATHNAME', 'tasker_step_durations';

COMMENT ON FUNCTION @extschema@.tasker_step_durations(timestamptz, text, text, text) IS
'Returns how long the last executions of the steps that completed after since took, from '
'in_progress to complete, by the names of task and step: their number, average, median, 95th and '
'99th percentile and maximum, in seconds, ordered by the names. A step that completed without '
'having been in progress is left out. since NULL: telemetry.metrics_retention_hours of '
'tasker_config(), a day by default. The filters take the namespace, name and version of the task; '
'NULL: any. For a caller under row-level security, the figures cover the rows that it may see, '
'which takes longer.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501. Privileges: as tasker_slowest_steps(). Complexity: one pass over the side '
'rows of steps, and an index look-up for each step that counts.';
