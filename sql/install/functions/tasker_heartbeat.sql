CREATE FUNCTION @extschema@.tasker_heartbeat(
    claim_tokens uuid[],
    lease interval DEFAULT NULL,
    progress jsonb DEFAULT NULL
)
RETURNS TABLE (claim_token uuid, workflow_step_id bigint, status text, lease_until timestamptz)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_heartbeat';

COMMENT ON FUNCTION @extschema@.tasker_heartbeat(uuid[], interval, jsonb) IS
'Extends the leases with these tokens. A lease then ends after the duration lease from now (NULL: '
'after the duration for which it was claimed); it never becomes shorter. progress is stored with '
'the lease (NULL keeps the stored one). Returns one row for each token, none for NULL '
'claim_tokens. status: held; cancelled (stop: the step was cancelled); timed_out (stop: its '
'timeout_seconds are over); lost (stop: the step was taken back, or the execution has ended).

Errors: 22023 when lease is not positive or progress is nested more than 512 levels deep; 42P01, '
'55000; 42501. Privileges: SELECT and UPDATE on tasker_workflow_steps; a token of a step that '
'row-level security hides is lost. Complexity: O(log n) a token. It waits for no lock.';
