CREATE FUNCTION @extschema@.tasker_complete_step(
    workflow_step_id bigint,
    results jsonb DEFAULT NULL,
    claim_token uuid DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    state text,
    ready_step_ids bigint[],
    task_id bigint,
    task_state text,
    repeated boolean
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_complete_step';

COMMENT ON FUNCTION @extschema@.tasker_complete_step(bigint, jsonb, uuid) IS
'Completes a step, in one transaction: it stores the results (NULL keeps the stored ones), sets '
'processed, processed_at, attempts and last_attempted_at, and writes the transition and the hints '
'for the children. It ends the task if no step is left to run. ready_step_ids: the children that '
'are ready now. task_state: the state of the task.

Idempotent for the holder of the token: a second call with the token changes nothing and returns '
'repeated = true. After the lease has expired, the token still completes the step until the step '
'is taken back. Without a token, only a step without a lease can be completed, for example one '
'that the Rails engine started.

Errors: P0002 no such step, 22004 for a NULL id, 40001 when the claim is lost (DO NOT retry: the '
'step is no longer yours), 55000 when the step is not in_progress; 42P01, 55000. Privileges: '
'SELECT and UPDATE on tasker_workflow_steps and tasker_tasks, SELECT, INSERT and UPDATE on both '
'transition tables. Complexity: O(children and their parents); if no child becomes ready, O(steps '
'+ edges) of the task. Waits for a transaction that is changing the same step, and for one that is '
'ending the same task.';
