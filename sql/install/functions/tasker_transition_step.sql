CREATE FUNCTION @extschema@.tasker_transition_step(
    workflow_step_id bigint,
    to_state text,
    metadata jsonb DEFAULT '{}',
    expected_state text DEFAULT NULL
)
RETURNS TABLE (transition_id bigint, from_state text, to_state text, sort_key integer, event text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_transition_step';

COMMENT ON FUNCTION @extschema@.tasker_transition_step(bigint, text, jsonb, text) IS
'Moves a step to another state, if the table of states permits it. For in_progress, every parent '
'must have finished and the task must be neither paused nor closed (if this cannot be determined, '
'the move is refused). metadata: an object, stored with the transition. expected_state: the state '
'that the step must be in; NULL: any. event: the name of the engine''s event for this transition.

The function sets the columns as the engine does. complete: processed, processed_at, attempts, '
'last_attempted_at, no requested wait. error: attempts, last_attempted_at, not processed, no '
'requested wait, metadata.error_message as results.error. resolved_manually: processed, '
'processed_at. All of these, pending and cancelled: in_process = false. If no step of the task is '
'left to run, the task ends.

Errors: P0002 no such step; 22004 for NULL except in expected_state; 22023 for an unknown state or '
'metadata that is no object; 40001 when the state is not the expected one, or when a worker holds '
'a lease of the step and to_state is complete or error; 55000 when the move is not permitted; '
'42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that '
'tasker_ready_steps() reads, UPDATE on tasker_workflow_steps, SELECT, INSERT and UPDATE on '
'tasker_workflow_step_transitions; if the task moves too, UPDATE on tasker_tasks, INSERT and '
'UPDATE on tasker_task_transitions; USAGE on the sequences. A step that row-level security hides '
'raises P0002. Complexity: O(parents); to a state that ends an execution O(steps + edges) of the '
'task. Waits for transactions that are changing the step.';
