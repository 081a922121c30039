CREATE FUNCTION @extschema@._tasker_unqueued_steps(installation oid)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'unqueued_steps_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_unqueued_steps(oid) IS
'Returns the steps of an installation (the oid of its schema) that are ready or wait, but that no '
'claim would ever find: they have no hint and no timer, and do not wait for a limit. For '
'tasker_doctor().

Errors: 42501. Privileges: SELECT on the side tables; runs with the caller''s rights. Complexity: '
'linear in the rows of the installation.';
