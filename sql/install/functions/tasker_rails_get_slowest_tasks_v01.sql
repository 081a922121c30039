CREATE FUNCTION @extschema@.tasker_rails_get_slowest_tasks_v01(
    since_timestamp timestamptz DEFAULT NULL,
    limit_count integer DEFAULT 10,
    namespace_filter text DEFAULT NULL,
    task_name_filter text DEFAULT NULL,
    version_filter text DEFAULT NULL
)
RETURNS TABLE (
    task_id bigint,
    task_name varchar,
    namespace_name varchar,
    version varchar,
    duration_seconds numeric,
    step_count bigint,
    completed_steps bigint,
    error_steps bigint,
    created_at timestamptz,
    completed_at timestamptz,
    initiator varchar,
    source_system varchar
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'tasker_rails_slowest_tasks';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_slowest_tasks_v01(timestamptz, integer, text, text, text) IS
'Answers for the engine''s get_slowest_tasks_v01, which fails whenever it is called (R14), with its columns (semantics 9): as tasker_slowest_tasks, whatever tasker_core.rails_semantics says. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks and tasker_task_namespaces. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges, 22023 for a negative limit.';
