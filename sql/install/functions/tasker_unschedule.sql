CREATE FUNCTION @extschema@.tasker_unschedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_unschedule';

COMMENT ON FUNCTION @extschema@.tasker_unschedule(text) IS
'Removes a schedule; false: there is none of this name. Its tasks stay.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and those of '
'the role of the schedule. Complexity: constant.';
