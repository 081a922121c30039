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
'Replaces the engine''s get_system_health_counts_v01, with its columns. '
'tasker_core.rails_semantics selects the answer: with v02 that of the engine (R13), with corrected '
'that of tasker_system_health(). With corrected, exhausted_retry_steps counts all steps that will '
'not be retried, and active_connections counts all connections to the server.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, XX001 when a transition names a state that does not exist. Privileges: as '
'tasker_system_health(). Complexity: as tasker_system_health().';
