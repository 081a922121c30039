CREATE FUNCTION @extschema@.tasker_rollback_config(version bigint)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_rollback_config';

COMMENT ON FUNCTION @extschema@.tasker_rollback_config(bigint) IS
'Sets the options of a scope and section back to those of a version, and returns the number of the '
'change. The rollback is a new change, with a new version. Other scopes and sections stay as they '
'are.

Errors: 22004, 22023 when there is no such version, or its options are no longer valid (in DETAIL '
'a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of '
'their rows may be hidden by row-level security. Complexity: constant; changes wait for each '
'other.';
