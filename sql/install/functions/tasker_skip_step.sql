CREATE FUNCTION @extschema@.tasker_skip_step(
    workflow_step_id bigint,
    reason text DEFAULT NULL,
    force boolean DEFAULT false
)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_skip_step';

COMMENT ON FUNCTION @extschema@.tasker_skip_step(bigint, text, boolean) IS
'Leaves a step out: it becomes resolved_manually without results, and counts as finished for its '
'children. The step must be pending or in error, and skippable unless force is true. The history '
'records skipped, session_user and the reason. If no step of the task is left to run, the task '
'ends; if a task in error has a step to run, the task becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step is not skippable, runs, or has ended; 42P01 '
'and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that '
'tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing the step. R20.';
