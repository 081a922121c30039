CREATE FUNCTION @extschema@.tasker_rollback_config(version bigint)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_rollback_config';

COMMENT ON FUNCTION @extschema@.tasker_rollback_config(bigint) IS
'Lets a scope say again in a section what it said in that version, and returns the number of the change: going back is a change like any other, and is kept like one. Other scopes and sections stay as they are.

Errors: 22004, 22023 when there is no such version, or what it said is no longer valid (in DETAIL a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: constant; changes take turns.';
