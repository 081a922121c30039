CREATE FUNCTION @extschema@.tasker_transition_task(
    task_id bigint,
    to_state text,
    metadata jsonb DEFAULT '{}',
    expected_state text DEFAULT NULL
)
RETURNS TABLE (transition_id bigint, from_state text, to_state text, sort_key integer, event text)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_transition_task';

COMMENT ON FUNCTION @extschema@.tasker_transition_task(bigint, text, jsonb, text) IS
'Moves a task to another state, if the table of states permits it. For complete, no step may be '
'left to run (unlike in the engine: defects R17 and R18); the move also sets '
'tasker_tasks.complete. The steps stay as they are; tasker_cancel_task() cancels them too. '
'metadata, expected_state, event: as for tasker_transition_step().

Errors: P0002 no such task; 22004 for NULL except in expected_state; 22023; 40001 when the state '
'is not the expected one; 55000 when the move is not permitted; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables that tasker_ready_steps() '
'reads, UPDATE on tasker_tasks, SELECT, INSERT and UPDATE on tasker_task_transitions, USAGE on its '
'sequence. Complexity: constant; to complete O(steps + edges) of the task. Waits for transactions '
'that are changing the task.';
