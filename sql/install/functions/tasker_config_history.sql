CREATE FUNCTION @extschema@.tasker_config_history(
    section text DEFAULT NULL,
    scope text DEFAULT NULL
)
RETURNS TABLE (
    version        bigint,
    config_section text,
    config_scope   text,
    options        jsonb,
    changed_at     timestamptz,
    changed_by     text
)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_config_history';

COMMENT ON FUNCTION @extschema@.tasker_config_history(text, text) IS
'Returns every change of the configuration, the latest first: the options that the scope set in '
'the section after the change ({}: none), when (UTC), and the login role. NULL arguments: every '
'section, every scope. tasker_rollback_config() takes the version.

Errors: 22023; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: '
'O(changes).';
