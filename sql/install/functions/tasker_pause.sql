CREATE FUNCTION @extschema@.tasker_pause(scope text, name text, reason text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause';

COMMENT ON FUNCTION @extschema@.tasker_pause(text, text, text) IS
'Pauses a scope: until tasker_resume(), claims return none of its steps. Running steps continue. '
'scope and name: as for tasker_set_limit(); for a key, all tasks that have the key.

Errors, privileges, complexity: as tasker_set_limit().';
