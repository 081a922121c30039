CREATE FUNCTION @extschema@._tasker_locked_steps(installation oid)
RETURNS TABLE (
    workflow_step_id bigint,
    transaction_number bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'locked_steps_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_locked_steps(oid) IS
'Steps that an open transaction of another session, or a prepared one, has changed or locked, and its number. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the tables; runs as the owner for a caller who has the owner''s rights. Complexity: one pass.';
