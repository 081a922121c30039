CREATE FUNCTION @extschema@._tasker_miscounts(installation oid)
RETURNS TABLE (
    kind text,
    counted bigint,
    present bigint
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'miscounts_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_miscounts(oid) IS
'Returns the kinds of steps and tasks that tasker_core_counts counts wrongly, with the stored '
'count and the number of side rows.

Errors: 55000. Privileges: SELECT on the side tables. Complexity: one pass over the side rows.';
