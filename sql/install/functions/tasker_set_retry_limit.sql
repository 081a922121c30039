CREATE FUNCTION @extschema@.tasker_set_retry_limit(workflow_step_id bigint, retry_limit integer)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_retry_limit';

COMMENT ON FUNCTION @extschema@.tasker_set_retry_limit(bigint, integer) IS
'Sets how many executions a step may have, including the first; 0 counts as 1, NULL as 3. If a '
'step in error then has attempts left, it is retried when its wait is over, and a task in error '
'becomes pending. If no step of the task is left to run, the task ends.

Errors: P0002 no such step; 22004 for a NULL id; 22023 when retry_limit is negative; 42P01 and '
'55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that '
'tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step or task that row-level security '
'hides raises P0002. Complexity: O(steps + edges) of the task. Waits for transactions that are '
'changing the step.';
