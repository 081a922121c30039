CREATE FUNCTION @extschema@.tasker_release_due_task(task_id bigint, scheduler text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_release_due_task';

COMMENT ON FUNCTION @extschema@.tasker_release_due_task(bigint, text) IS
'Gives a task of tasker_due_tasks() back before its lease ends. If the task still has something to '
'do, it is due again at once. Returns whether the scheduler held the task. You need not call it: '
'the lease also expires.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01, 55000; 42501. '
'Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks. Complexity: O(steps) of the '
'task.';
