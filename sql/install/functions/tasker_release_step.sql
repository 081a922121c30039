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
'Gives a claimed step back as if it had not been claimed: it is pending again, ready at once or (run_after, in whole seconds rounded up) when that time has passed, and no attempt is used. The history shows error (event step.released) and then pending, as the table of states knows no direct way; it is no failure. Returns the state of the step; again for the same token, the state that it is in by then.

Errors: P0002 no such step, 22004 for a NULL id or token, 22023 for a negative run_after or one of more than 68 years, 40001 when the claim is lost; 42P01, 55000. Privileges: as tasker_complete_step(). Complexity: constant.';
