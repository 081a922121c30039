CREATE FUNCTION @extschema@.tasker_cancel_step(
    workflow_step_id bigint,
    reason text DEFAULT NULL,
    descendants boolean DEFAULT true
)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_cancel_step';

COMMENT ON FUNCTION @extschema@.tasker_cancel_step(bigint, text, boolean) IS
'Cancels a step and, unless descendants is false, every step below it in its task that is pending, '
'in_progress or in error. Returns one row for each cancelled step. A step in error passes through '
'pending, as the table of states requires. A worker that executes the step learns of it by its '
'next heartbeat. The history records session_user and the reason. If no step of the task is left '
'to run, the task ends (R17); if a task in error has a step to run, the task becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step has ended; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing one of the steps.';
