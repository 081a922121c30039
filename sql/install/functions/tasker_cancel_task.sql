CREATE FUNCTION @extschema@.tasker_cancel_task(task_id bigint, reason text DEFAULT NULL)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_cancel_task';

COMMENT ON FUNCTION @extschema@.tasker_cancel_task(bigint, text) IS
'Cancels a task and all its steps that are pending, in_progress or in error, as '
'tasker_cancel_step() does. Returns one row for each cancelled step. A complete or resolved task '
'can be cancelled too.

Errors: P0002 no such task; 22004; 55000 when the task is cancelled already; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing one of the steps or the task.';
