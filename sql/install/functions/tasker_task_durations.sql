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
'How long the tasks took that were completed or resolved after since, from their creation, by their names: how many, their average, median, 95th and 99th percentile and longest, in seconds; ordered by the names. since: NULL for what telemetry.metrics_retention_hours of tasker_config() says, a day unless set; the filters, NULL for any, name the namespace, name and version. Where row-level security on tasker_tasks or tasker_workflow_steps applies to the caller, the figures are made of the rows of the Tasker tables that he may see, which takes longer. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks and tasker_task_namespaces. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges. One pass over the side rows of tasks.';
