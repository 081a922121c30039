CREATE FUNCTION @extschema@.tasker_can_transition_step(workflow_step_id bigint, to_state text)
RETURNS boolean
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_can_transition_step';

COMMENT ON FUNCTION @extschema@.tasker_can_transition_step(bigint, text) IS
'Whether tasker_transition_step() would be permitted as things stand in the snapshot of the caller: by the table of states (semantics 2.2) and the guard (semantics 2.3). A lease, which only its holder may end, does not count here.

Errors: P0002 no such step, 22004 for NULL, 22023 for an unknown state; 42P01, 55000, 42501 and XX001 as tasker_ready_steps(). Privileges: as tasker_ready_steps(). Complexity: O(steps + edges) of the task.';
