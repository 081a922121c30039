CREATE FUNCTION @extschema@.tasker_retry_step(workflow_step_id bigint, reason text DEFAULT NULL)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_retry_step';

COMMENT ON FUNCTION @extschema@.tasker_retry_step(bigint, text) IS
'Lets a step run again now. A step in error becomes pending, and a requested wait ends '
'(backoff_request_seconds). For a pending step that waits, the call only ends the wait. Used '
'attempts still count. A task in error becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step has no attempts left (tasker_reset_step() '
'helps), does not wait, runs or has ended, or when its task is closed; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing the step.';
