CREATE FUNCTION @extschema@.tasker_reset_step(workflow_step_id bigint, reason text DEFAULT NULL)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_reset_step';

COMMENT ON FUNCTION @extschema@.tasker_reset_step(bigint, text) IS
'Lets a step begin afresh: attempts = 0, no wait asked for, retryable again if its last failure was permanent (tasker_fail_step() with retryable => false); one in error becomes pending. A pending step only if its attempts are used up. A task in error becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step is pending and has attempts left, runs or is done, or when its task is closed; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on tasker_workflow_step_transitions; when the task moves with it, UPDATE on tasker_tasks, INSERT and UPDATE on tasker_task_transitions; USAGE on the sequences. What row-level security hides does not exist (P0002). Complexity: O(steps + edges) of the task. Waits for whoever is changing the step.';
