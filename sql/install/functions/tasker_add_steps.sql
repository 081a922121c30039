CREATE FUNCTION @extschema@.tasker_add_steps(task_id bigint, steps jsonb)
RETURNS TABLE (
    step_name        text,
    workflow_step_id bigint,
    created          boolean
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_add_steps';

COMMENT ON FUNCTION @extschema@.tasker_add_steps(bigint, jsonb) IS
'Adds steps to a task that runs: one for each element of a list, a batch after the other, the branch that a step has chosen. steps: an array of objects with name and, if wanted, depends_on and before (names of steps of the task or of this call: which it waits for, and which wait for it), inputs (the context of the task otherwise), retryable (true), retry_limit (3), skippable (false), dependent_system (unknown), description; join, when, wait and subtask say what it waits for beyond the ends of all its parents (docs/dynamic-workflows.md), and are decided over at once. A step that others are to wait for (before) must not have started.

A step whose name the task has already is left as it is, with its edges (created = false): to call again after a crash adds nothing twice. NULL steps, as an aggregate over no rows returns, add nothing. All or nothing, in one transaction with whatever else the caller does; a worker adds steps before it completes its own.

Errors: P0002 no such task, be it one that a step is to wait for, 22004 when task_id is NULL; 22023 with a line in DETAIL for each thing that is wrong, as a cycle, a name that nothing has, or a step that has started; 55000 when the task is over; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_workflow_steps and their transitions (to lock them), INSERT on tasker_workflow_steps, tasker_workflow_step_edges, tasker_named_steps and tasker_dependent_systems; USAGE on the sequences. Complexity: O(steps + edges) of the task. Waits for whoever is changing one of the steps that are named.';
