CREATE FUNCTION @extschema@.tasker_register_config_section(
    section text,
    schema jsonb,
    description text DEFAULT NULL
)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_register_config_section';

COMMENT ON FUNCTION @extschema@.tasker_register_config_section(text, jsonb, text) IS
'Registers a section of options for an application, or changes its schema, and returns the number '
'of the change. All other functions for the configuration then accept the section. schema: a JSON '
'Schema; options that are already set must satisfy it.

Errors: 22004, 22023; XX001; 42P01, 55000; 42501. Privileges: as tasker_set_config(). Complexity: '
'O(schema + options set).';
