CREATE FUNCTION @extschema@._tasker_wait_cycles(installation oid, max_rows integer)
RETURNS TABLE (
    task_id bigint,
    workflow_step_id bigint,
    total bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wait_cycles_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_wait_cycles(oid, integer) IS
'Returns tasks that wait for themselves, through their own steps or those of other tasks, with the '
'step, and how many such tasks there are. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the tables; runs as the owner for a caller with the owner''s '
'rights. Complexity: one pass.';
