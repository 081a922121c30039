CREATE FUNCTION @extschema@.tasker_slowest_steps(
    since timestamptz DEFAULT NULL,
    max_rows integer DEFAULT 10,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    step_name varchar,
    task_name varchar,
    namespace varchar,
    version varchar,
    duration_seconds numeric,
    attempts integer,
    created_at timestamptz,
    completed_at timestamptz,
    retryable boolean,
    step_status varchar
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'tasker_slowest_steps';

COMMENT ON FUNCTION @extschema@.tasker_slowest_steps(timestamptz, integer, text, text, text) IS
'Returns the completed steps created after since that took longest from their creation to their '
'completion, waits included, the longest first. For executions alone see tasker_step_durations(). '
'since NULL: telemetry.metrics_retention_hours of tasker_config(), a day by default. max_rows '
'NULL: all. The filters take the namespace, name and version of the task; NULL: any. For a caller '
'under row-level security, the figures cover the rows that it may see, which takes longer.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, 22023 for a negative limit. Privileges: SELECT on tasker_tasks, '
'tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks and '
'tasker_task_namespaces. Complexity: O(steps of the period). Corrects the engine''s defect R14 '
'(docs/readiness.md).';
