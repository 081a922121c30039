CREATE FUNCTION @extschema@.tasker_plan_task(task_id bigint)
RETURNS TABLE (action text, reason text, delay interval, task_state text, context jsonb)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_plan_task';

COMMENT ON FUNCTION @extschema@.tasker_plan_task(bigint) IS
'Returns what tasker_finalize_task() would decide, but changes nothing. task_state: the present '
'state of the task.

Errors: P0002 no such task, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables; '
'row-level security hides tasks. Complexity: O(steps + edges) of the task.';
