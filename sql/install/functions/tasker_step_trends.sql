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
'Whether steps have become slower: the executions (as tasker_step_durations() counts them) that completed after since, beside those from compared_since until then, by the names of task and step. change_percent: by how much the median has changed, NULL where one of the periods has none, or the earlier median is 0; the greatest comes first. since: NULL for what telemetry.metrics_retention_hours of tasker_config() says, a day unless set; compared_since: NULL for seven times as long before. The filters, NULL for any, name the namespace, name and version of the task. Raises 22023 when compared_since is not earlier than since. Where row-level security on tasker_tasks or tasker_workflow_steps applies to the caller, the figures are made of the rows of the Tasker tables that he may see, which takes longer. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks and tasker_task_namespaces. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges. One pass over the side rows of steps, and an index look-up for each step that counts.';
