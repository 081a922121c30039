CREATE FUNCTION @extschema@._tasker_sync_step_edges()
RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME', 'tasker_sync_step_edges';

COMMENT ON FUNCTION @extschema@._tasker_sync_step_edges() IS
'Trigger of tasker_workflow_step_edges: writes the parents of steps to the side row, and judges '
'new edges by tasker_core.enforce_edges. Works in the schema of the table that fired it, as the '
'owner of the side tables, so a writer needs no right on these.

Errors: 39P01 when called otherwise, 55000 when the schema has no side tables, 40001 when the '
'snapshot of a REPEATABLE READ transaction is older than the step that it writes for; with '
'enforce, 42P19 for an edge that closes a cycle, 23514 for one to the step itself or between two '
'tasks, 23505 for a repeated one. Privileges: none. Complexity: a few index look-ups for each row, '
'and one pass over the edges of a task if an edge is added in its middle.';
