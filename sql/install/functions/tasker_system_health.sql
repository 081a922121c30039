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
'Returns how many tasks and steps are in each state, in one row. The states add up to the totals; '
'a task or step without a transition is pending. Steps in error are retryable_error_steps (they '
'will be retried; in_backoff_steps of them still wait), exhausted_retry_steps (no attempts left) '
'or permanent_error_steps (not retryable). active_connections: those that run a statement in this '
'database, as far as pg_stat_activity shows them to the caller. open_connections: all connections '
'to the server; compare it with max_connections. problems: a sentence for each limit of the '
'configuration section health that is exceeded; an empty array if there is none. For a caller '
'under row-level security, the figures cover the rows that it may see, which takes longer.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, XX001 when a transition names a state that does not exist. Privileges: '
'SELECT on tasker_tasks, tasker_task_transitions, tasker_workflow_steps, '
'tasker_workflow_step_edges, tasker_workflow_step_transitions and tasker_named_steps. Complexity: '
'O(failed steps that wait); under row-level security one pass over the tables. Corrects the '
'engine''s defect R13 (docs/readiness.md).';
