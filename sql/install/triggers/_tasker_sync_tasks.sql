CREATE FUNCTION @extschema@._tasker_sync_tasks()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'tasker_sync_tasks';

COMMENT ON FUNCTION @extschema@._tasker_sync_tasks() IS
'Trigger of tasker_tasks: writes a task to the side row. Works in the schema of the table that '
'fired it, as the owner of the side tables, so a writer needs no right on these.

Errors: 39P01 when called otherwise, 55000 when the schema has no side tables, 40001 when the '
'snapshot of a REPEATABLE READ transaction is older than the step that it writes for. Privileges: '
'none. Complexity: a few index look-ups for each row.';
