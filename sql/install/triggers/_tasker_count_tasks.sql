CREATE FUNCTION @extschema@._tasker_count_tasks()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'tasker_count_tasks';

COMMENT ON FUNCTION @extschema@._tasker_count_tasks() IS
'Trigger of tasker_core_tasks: counts its rows by state in the memory of the backend. When the '
'transaction commits, the sums are written to tasker_core_counts.

Errors: 39P01 when called otherwise. Privileges: none. Complexity: constant for each row.';
