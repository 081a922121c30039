CREATE FUNCTION @extschema@.tasker_resume(scope text, name text)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_resume';

COMMENT ON FUNCTION @extschema@.tasker_resume(text, text) IS
'Ends a pause that tasker_pause() has begun. If the scope is not paused, the call changes nothing.

Errors, privileges, complexity: as tasker_set_limit().';
