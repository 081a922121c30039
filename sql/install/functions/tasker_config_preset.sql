CREATE FUNCTION @extschema@.tasker_config_preset(environment text)
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_config_preset';

COMMENT ON FUNCTION @extschema@.tasker_config_preset(text) IS
'Returns useful options for development, test or production: an object for each section, as '
'tasker_set_config() takes it. The function itself sets no options.

Example: SELECT tasker_set_config(section, options) FROM '
'jsonb_each(tasker_config_preset(''production'')) AS preset (section, options).

Errors: 22004, 22023. Privileges: none. Complexity: constant.';
