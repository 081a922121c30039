CREATE FUNCTION @extschema@.tasker_parent_task(task_id bigint)
RETURNS bigint
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_parent_task';

COMMENT ON FUNCTION @extschema@.tasker_parent_task(bigint) IS
'Returns the parent of a task: the parent_task_id of tasker_create_task(). NULL if it has none, or '
'if the parent was deleted or row-level security hides it. tasker_find_tasks(parent_task_id => '
'…) returns the children of a task.

Errors: P0002 no such task, or row-level security hides it; 22004; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on tasker_tasks. Complexity: O(log n).';
