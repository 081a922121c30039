CREATE FUNCTION @extschema@.tasker_config_schema(section text DEFAULT NULL)
RETURNS jsonb
LANGUAGE c STABLE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_config_schema';

COMMENT ON FUNCTION @extschema@.tasker_config_schema(text) IS
'Returns the JSON Schema (2020-12) of the options of a section, as tasker_set_config() takes them; '
'with NULL, those of all sections, each under its name. The schema does not include null, which '
'removes an option.

Errors: 22023; XX001; 42P01, 55000; 42501. Privileges: none for a built-in section; else SELECT on '
'the Tasker tables. Complexity: O(options).';
