CREATE FUNCTION @extschema@.tasker_pause(scope text, name text, reason text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause';

COMMENT ON FUNCTION @extschema@.tasker_pause(text, text, text) IS
'Pauses a scope: from the next claim on, claims take no step of it until tasker_resume(). Running '
'steps go on. scope and name: as for tasker_set_limit(); for a key, every task that has it.

Errors, privileges, complexity: as tasker_set_limit().';
