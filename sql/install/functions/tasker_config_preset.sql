CREATE FUNCTION @extschema@.tasker_config_preset(environment text)
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_config_preset';

COMMENT ON FUNCTION @extschema@.tasker_config_preset(text) IS
'Sensible options for development, test or production: for each section an object that tasker_set_config() takes. It sets nothing itself.

Example: SELECT tasker_set_config(section, options) FROM jsonb_each(tasker_config_preset(''production'')) AS preset (section, options).

Errors: 22004, 22023. Privileges: none. Complexity: constant.';
