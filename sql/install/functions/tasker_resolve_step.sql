CREATE FUNCTION @extschema@.tasker_resolve_step(
    workflow_step_id bigint,
    results jsonb DEFAULT NULL,
    resolved_by text DEFAULT NULL,
    reason text DEFAULT NULL
)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_resolve_step';

COMMENT ON FUNCTION @extschema@.tasker_resolve_step(bigint, jsonb, text, text) IS
'Marks a step as done without its handler: it becomes resolved_manually, and counts as finished '
'for its children. The step must be pending or in error. results: what the handler would have '
'returned; NULL keeps the stored results. The history records resolved_by (NULL: session_user) and '
'the reason. If no step of the task is left to run, the task ends; if a task in error has a step '
'to run, the task becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step runs or has ended; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing the step.';
