CREATE FUNCTION @extschema@.tasker_cancel_step(
    workflow_step_id bigint,
    reason text DEFAULT NULL,
    descendants boolean DEFAULT true
)
RETURNS TABLE (workflow_step_id bigint, from_state text, state text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_cancel_step';

COMMENT ON FUNCTION @extschema@.tasker_cancel_step(bigint, text, boolean) IS
'Cancels a step and, unless descendants is false, every step below it in its task that is pending, in_progress or in error. A step in error passes through pending, as the table of states demands (semantics 2.2). The worker of a running step is told by its next heartbeat. One row for each step cancelled. The history says who (session_user) and why. A task of which nothing is left to run ends with it (R17); one in error that has something to run becomes pending.

Errors: P0002 no such step; 22004; 55000 when the step is done already; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on tasker_workflow_step_transitions; when the task moves with it, UPDATE on tasker_tasks, INSERT and UPDATE on tasker_task_transitions; USAGE on the sequences. What row-level security hides does not exist (P0002). Complexity: O(steps + edges) of the task. Waits for whoever is changing one of the steps.';
