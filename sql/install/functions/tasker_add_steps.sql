CREATE FUNCTION @extschema@.tasker_add_steps(task_id bigint, steps jsonb)
RETURNS TABLE (
    step_name        text,
    workflow_step_id bigint,
    created          boolean
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_add_steps';

COMMENT ON FUNCTION @extschema@.tasker_add_steps(bigint, jsonb) IS
'Adds steps to a running task, for example one for each element of a list, the next batch, or the '
'branch that a step has chosen. steps: an array of objects. Required: name. Optional: depends_on '
'(the steps that the new step waits for) and before (the steps that will wait for it, and must not '
'have started), both with names of steps of the task or of this call; inputs (default: the context '
'of the task), retryable (true), retry_limit (3), skippable (false), dependent_system (unknown), '
'description; timeout_seconds, heartbeat_seconds, start_within_seconds (docs/workers.md). join, '
'when, wait, subtask and for_each define a rule (docs/dynamic-workflows.md), which this call also '
'evaluates.

If the task already has a step of that name, the step and its edges stay as they are (created = '
'false). So you can repeat the call after a crash. NULL steps, which an aggregate over no rows '
'returns, add nothing. The call adds all steps or none, in the caller''s transaction. A worker '
'adds steps before it completes its own step.

Errors: P0002 no such task, or a task that a step is to wait for does not exist; 22004 when '
'task_id is NULL; 22023 with a line in DETAIL for each problem, for example a cycle, an unknown '
'name, or a step that has started; 55000 when the task is closed; 42P01, 55000; 42501. Privileges: '
'SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_workflow_steps and their '
'transitions (to lock them), INSERT on tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_named_steps and tasker_dependent_systems; USAGE on the sequences. Complexity: O(steps + '
'edges) of the task. Waits for transactions that are changing one of the named steps.';
