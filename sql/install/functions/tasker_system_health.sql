CREATE FUNCTION @extschema@.tasker_system_health()
RETURNS TABLE (
    total_tasks bigint,
    pending_tasks bigint,
    in_progress_tasks bigint,
    complete_tasks bigint,
    error_tasks bigint,
    cancelled_tasks bigint,
    resolved_tasks bigint,
    total_steps bigint,
    pending_steps bigint,
    in_progress_steps bigint,
    complete_steps bigint,
    error_steps bigint,
    cancelled_steps bigint,
    resolved_steps bigint,
    retryable_error_steps bigint,
    in_backoff_steps bigint,
    exhausted_retry_steps bigint,
    permanent_error_steps bigint,
    active_connections bigint,
    open_connections bigint,
    max_connections bigint,
    problems text[]
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
AS 'MODULE_PATHNAME', 'tasker_system_health';

COMMENT ON FUNCTION @extschema@.tasker_system_health() IS
'How many tasks and steps stand where, in one row. The states add up to the totals, as long as every state exists; one without a transition is pending. The steps in error are those that will be retried (retryable_error_steps; in_backoff_steps of them have to wait until a time that is still to come), those that have used their attempts (exhausted_retry_steps) and those that must not be retried (permanent_error_steps). active_connections: at work in this database, as far as pg_stat_activity shows the caller; open_connections: on the whole server, to be held against max_connections. problems: what is beyond the shares of the section health of tasker_config(), a sentence each; empty when all is well. Where row-level security on tasker_tasks or tasker_workflow_steps applies to the caller, the figures are made of the rows of the Tasker tables that he may see, which takes longer. Needs SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions and tasker_named_steps. Raises 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not been run there, 42501 without the privileges, XX001 when a transition names a state that does not exist. Semantics 9, repaired as R13.';
