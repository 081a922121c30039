CREATE FUNCTION @extschema@.tasker_config_schema(section text DEFAULT NULL)
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_config_schema';

COMMENT ON FUNCTION @extschema@.tasker_config_schema(text) IS
'The options as a JSON Schema (2020-12) with types, ranges, defaults and descriptions: those of a section as tasker_set_config() takes them, or (NULL) those of all sections, each under the name of its section. What no schema says: null gives an option up, and tasker_set_config() checks options that belong together.

Errors: 22023. Privileges: none. Complexity: O(options).';
