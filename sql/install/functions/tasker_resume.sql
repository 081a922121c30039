CREATE FUNCTION @extschema@.tasker_resume(scope text, name text)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_resume';

COMMENT ON FUNCTION @extschema@.tasker_resume(text, text) IS
'Ends a tasker_pause(). Does nothing if there is none.

Errors, privileges, complexity: as tasker_set_limit().';
