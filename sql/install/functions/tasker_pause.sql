CREATE FUNCTION @extschema@.tasker_pause(scope text, name text, reason text DEFAULT NULL)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause';

COMMENT ON FUNCTION @extschema@.tasker_pause(text, text, text) IS
'From the next claim on gives out no step of this scope until tasker_resume(); what runs goes on. scope and name: as for tasker_set_limit(); of a key, every task that has it.

Errors, privileges, complexity: as tasker_set_limit().';
