CREATE FUNCTION @extschema@._tasker_drift(installation oid)
RETURNS TABLE (
    side_table text,
    row_id bigint,
    problem text
)
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'drift_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_drift(oid) IS
'Returns the side rows of an installation (the oid of its schema) that differ from the Rails '
'tables: missing, extra, or with different columns. For tasker_doctor().

Errors: 42501. Privileges: SELECT on the side tables; runs with the caller''s rights. Complexity: '
'linear in the rows of the installation.';
