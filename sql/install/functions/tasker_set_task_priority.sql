CREATE FUNCTION @extschema@.tasker_set_task_priority(task_id bigint, priority integer)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_task_priority';

COMMENT ON FUNCTION @extschema@.tasker_set_task_priority(bigint, integer) IS
'How urgent a task is, from -100 to 100; 0 is usual. Each point counts as much waiting as tasker_core.priority_interval says when steps are claimed, also for the steps that wait already.

Errors: P0002 no such task; 22004; 22023 beyond these bounds; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_tasks. Complexity: O(steps of the task). Waits for whoever is changing the task.';
