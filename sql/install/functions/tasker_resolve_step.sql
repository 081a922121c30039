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
'Settles a step in place of its handler: it becomes resolved_manually, and its children take it for finished. Only from pending and error. results: what the handler would have returned; NULL: those stored stay. resolved_by: session_user when NULL; the history keeps it, and the reason. A task of which nothing is left to run ends with it; one in error that has something to run becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step runs or is done; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on tasker_workflow_step_transitions; when the task moves with it, UPDATE on tasker_tasks, INSERT and UPDATE on tasker_task_transitions; USAGE on the sequences. What row-level security hides does not exist (P0002). Complexity: O(steps + edges) of the task. Waits for whoever is changing the step.';
