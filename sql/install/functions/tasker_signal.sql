CREATE FUNCTION @extschema@.tasker_signal(task_id bigint, name text, payload jsonb DEFAULT NULL)
RETURNS TABLE (
    is_new             boolean,
    completed_step_ids bigint[]
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_signal';

COMMENT ON FUNCTION @extschema@.tasker_signal(bigint, text, jsonb) IS
'Sends a signal to a task: its steps that wait for one of that name, and that nothing else holds, are completed by it, with the payload in their results. It is kept: a step that is not waiting yet finds it there. Of several signals of a name only the first one counts; is_new is false for the others, and nothing is changed by them, also when the task is over.

completed_step_ids: the steps that this call has completed. One that somebody else is just changing is completed by the next tasker_maintain() or claim.

Errors: P0002 no such task; 22004; 22023 for a name that is empty or longer than 128 characters; 55000 when the task is over and the signal is new; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_task_transitions (to lock the task). Complexity: O(steps that wait for it + their parents), O(steps + edges) of the task where one has ended. Waits for whoever is just ending the task or adding steps to it.';
