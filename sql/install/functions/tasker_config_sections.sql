CREATE FUNCTION @extschema@.tasker_config_sections()
RETURNS TABLE (
    config_section text,
    kind           text,
    description    text,
    schema         jsonb
)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 12
AS 'MODULE_PATHNAME', 'tasker_config_sections';

COMMENT ON FUNCTION @extschema@.tasker_config_sections() IS
'Returns every section of the configuration. kind: built-in; registered (by '
'tasker_register_config_section()); or stays in Rails, with the reason in description. schema: the '
'JSON Schema of its options.

Errors: XX001; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: '
'O(options).';
