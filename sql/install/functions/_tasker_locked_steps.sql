CREATE FUNCTION @extschema@._tasker_locked_steps(installation oid)
RETURNS TABLE (
    workflow_step_id bigint,
    transaction_number bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'locked_steps_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_locked_steps(oid) IS
'Returns the steps that an open or prepared transaction of another session has changed or locked, '
'and the number of that transaction. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the tables; runs as the owner for a caller with the owner''s '
'rights. Complexity: one pass.';
