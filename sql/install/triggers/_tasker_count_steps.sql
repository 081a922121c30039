CREATE FUNCTION @extschema@._tasker_count_steps()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'tasker_count_steps';

COMMENT ON FUNCTION @extschema@._tasker_count_steps() IS
'Trigger of tasker_core_steps: counts its rows by state in the memory of the backend. When the '
'transaction commits, the sums are written to tasker_core_counts.

Errors: 39P01 when called otherwise. Privileges: none. Complexity: constant for each row.';
