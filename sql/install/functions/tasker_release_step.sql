CREATE FUNCTION @extschema@.tasker_release_step(
    workflow_step_id bigint,
    claim_token uuid,
    reason text DEFAULT NULL,
    run_after interval DEFAULT NULL
)
RETURNS text
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_release_step';

COMMENT ON FUNCTION @extschema@.tasker_release_step(bigint, uuid, text, interval) IS
'Gives a claimed step back as if it had not been claimed. The step is pending again, ready at once '
'or after run_after (in whole seconds, rounded up), and no attempt is used. The history shows '
'error (event step.released) and then pending, because the table of states has no direct '
'transition; this is not a failure. Returns the state of the step. A second call with the same '
'token changes nothing, and returns the present state.

Errors: P0002 no such step, 22004 for a NULL id or token, 22023 for a negative run_after or one of '
'more than 68 years, 40001 when the claim is lost; 42P01, 55000. Privileges: as '
'tasker_complete_step(). Complexity: constant.';
