CREATE FUNCTION @extschema@.tasker_testkit_set_step(
    workflow_step_id bigint,
    state text,
    attempts integer DEFAULT NULL,
    age interval DEFAULT '0',
    results jsonb DEFAULT NULL,
    backoff_request_seconds integer DEFAULT NULL
)
RETURNS void
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_testkit_set_step';

COMMENT ON FUNCTION @extschema@.tasker_testkit_set_step(bigint, text, integer, interval, jsonb,
    integer) IS
'Gives a step another history. It deletes the step''s transitions and writes others, which the '
'state machine permits and which lead to the state: one second apart, the last of them the '
'duration age ago. It sets the columns to match. attempts: executions that have ended, all failed '
'except the one that completed the step; NULL: as few as possible. If the step has a lease, the '
'lease ends. results NULL keeps the stored ones. backoff_request_seconds: a wait from the end of '
'the last execution, or from age ago if there is none; NULL for no wait. Neither the task nor '
'other steps change.

Errors: 55000 unless tasker_core.testkit is on; P0002 no such step; 22004; 22023 for an unknown '
'state, attempts that the state cannot have or more than 1,000, an age below zero or beyond 1,000 '
'years; 42P01, 55000; 42501. Privileges: EXECUTE, which PUBLIC does not have; UPDATE on the steps, '
'all privileges on their transitions. Complexity: O(attempts + transitions).';

REVOKE ALL ON FUNCTION @extschema@.tasker_testkit_set_step(bigint, text, integer, interval, jsonb,
    integer) FROM PUBLIC;
