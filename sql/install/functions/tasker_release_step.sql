CREATE FUNCTION @extschema@.tasker_release_step(workflow_step_id bigint, claim_token uuid, reason text DEFAULT NULL)
RETURNS text
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_release_step';

COMMENT ON FUNCTION @extschema@.tasker_release_step(bigint, uuid, text) IS
'Gives a claimed step back as if it had not been claimed: it is pending again and ready at once, attempts stay as they were. The transition table knows no direct way, so that the history shows error (event step.released) and then pending, both with triggered_by release_step; it is not counted as a failure. Returns the state of the step; again for the same token, the state that it is in by then.

Errors: P0002 no such step, 22004 for a NULL id or token, 40001 when the claim is lost; 42P01, 55000. Privileges: as tasker_complete_step(). Complexity: constant.';
