CREATE FUNCTION @extschema@.tasker_can_transition_step(workflow_step_id bigint, to_state text)
RETURNS boolean
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_can_transition_step';

COMMENT ON FUNCTION @extschema@.tasker_can_transition_step(bigint, text) IS
'Returns whether tasker_transition_step() would be permitted in the caller''s snapshot, by the '
'table of states and the state of the parents. It ignores leases: while a worker holds the step, '
'tasker_transition_step() refuses to end the execution.

Errors: P0002 no such step, 22004 for NULL, 22023 for an unknown state; 42P01, 55000, 42501 and '
'XX001 as tasker_ready_steps(). Privileges: as tasker_ready_steps(). Complexity: O(steps + edges) '
'of the task.';
