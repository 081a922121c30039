CREATE FUNCTION @extschema@.tasker_skip_step(
    workflow_step_id bigint,
    reason text DEFAULT NULL,
    force boolean DEFAULT false
)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_skip_step';

COMMENT ON FUNCTION @extschema@.tasker_skip_step(bigint, text, boolean) IS
'Leaves a step out: it becomes resolved_manually without results, and its children take it for finished. Only from pending and error, and only a skippable step unless force is true. The history says skipped, who (session_user) and why. A task of which nothing is left to run ends with it; one in error that has something to run becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step is not skippable, runs, or is done; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on tasker_workflow_step_transitions; when the task moves with it, UPDATE on tasker_tasks, INSERT and UPDATE on tasker_task_transitions; USAGE on the sequences. What row-level security hides does not exist (P0002). Complexity: O(steps + edges) of the task. Waits for whoever is changing the step. R20.';
