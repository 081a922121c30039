CREATE FUNCTION @extschema@.tasker_rails_get_slowest_steps_v01(
    since_timestamp timestamptz DEFAULT NULL,
    limit_count integer DEFAULT 10,
    namespace_filter text DEFAULT NULL,
    task_name_filter text DEFAULT NULL,
    version_filter text DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    step_name varchar,
    task_name varchar,
    namespace_name varchar,
    version varchar,
    duration_seconds numeric,
    attempts integer,
    created_at timestamptz,
    completed_at timestamptz,
    retryable boolean,
    step_status varchar
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'tasker_rails_slowest_steps';

COMMENT ON FUNCTION @extschema@.tasker_rails_get_slowest_steps_v01(timestamptz, integer, text, text,
    text) IS
'Replaces the engine''s get_slowest_steps_v01, which raises an error at every call (R14), with its '
'columns. It answers as tasker_slowest_steps(), for each value of tasker_core.rails_semantics.

Errors: 42P01 when no Tasker tables are in the search_path, 55000 when tasker_install() has not '
'been run there, 42501, 22023 for a negative limit. Privileges: as tasker_slowest_steps(). '
'Complexity: as tasker_slowest_steps().';
