CREATE FUNCTION @extschema@.tasker_set_task_priority(task_id bigint, priority integer)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_task_priority';

COMMENT ON FUNCTION @extschema@.tasker_set_task_priority(bigint, integer) IS
'Sets how urgent a task is, from -100 to 100; the default is 0. When steps are claimed, each point '
'counts as one more tasker_core.priority_interval of waiting, also for steps that already wait.

Errors: P0002 no such task; 22004; 22023 outside these bounds; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_tasks. Complexity: O(steps of the task). Waits for transactions that are '
'changing the task.';
