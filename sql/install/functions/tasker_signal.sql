CREATE FUNCTION @extschema@.tasker_signal(task_id bigint, name text, payload jsonb DEFAULT NULL)
RETURNS TABLE (
    is_new             boolean,
    completed_step_ids bigint[]
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_signal';

COMMENT ON FUNCTION @extschema@.tasker_signal(bigint, text, jsonb) IS
'Sends a signal to a task. It completes the steps that wait only for a signal of that name, with '
'the payload in their results. The database keeps the signal, so a step that waits for it later '
'finds it. Only the first signal of a name counts: later ones return is_new = false and change '
'nothing, even if the task is closed.

completed_step_ids: the steps that this call has completed. The next tasker_maintain() or claim '
'completes a step that another session is changing meanwhile.

Errors: P0002 no such task; 22004; 22023 for a name that is empty or longer than 128 characters; '
'55000 when the task is closed and the signal is new; 42P01, 55000; 42501. Privileges: SELECT on '
'the Tasker tables, UPDATE on tasker_tasks and tasker_task_transitions (to lock the task). '
'Complexity: O(steps that wait for it + their parents), O(steps + edges) of the task if one has '
'ended. Waits for transactions that are ending the task or adding steps to it.';
