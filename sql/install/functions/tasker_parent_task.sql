CREATE FUNCTION @extschema@.tasker_parent_task(task_id bigint)
RETURNS bigint
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_parent_task';

COMMENT ON FUNCTION @extschema@.tasker_parent_task(bigint) IS
'The task that a task was created for: the parent_task_id of tasker_create_task(). NULL when there is none, or one that has been deleted or that row-level security hides. The other way round: tasker_find_tasks(parent_task_id => …).

Errors: P0002 no such task, or one that row-level security hides; 22004; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on tasker_tasks. Complexity: O(log n).';
