CREATE FUNCTION @extschema@.tasker_rails_get_system_health_counts_v01()
RETURNS TABLE (
    total_tasks bigint,
    pending_tasks bigint,
    in_progress_tasks bigint,
    complete_tasks bigint,
    error_tasks bigint,
    cancelled_tasks bigint,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    complete_steps bigint,
    error_steps bigint,
    retryable_error_steps bigint,
    exhausted_retry_steps bigint,
    in_backoff_steps bigint,
    active_connections bigint,
    max_connections bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'tasker_rails_system_health';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_system_health_counts_v01() IS
'Answers for the engine''s get_system_health_counts_v01 with its columns (semantics 9). tasker_core.rails_semantics decides how: v02 as the engine does (R13), corrected as tasker_system_health does, where exhausted_retry_steps holds all that will not be retried and active_connections all that are open on the server. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and tasker_named_steps. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges, XX001 when a transition names a state that does not exist.';
