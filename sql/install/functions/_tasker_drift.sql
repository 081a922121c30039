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
'Side rows of an installation (the oid of its schema) that do not say what the Rails tables say: missing, extra, or which columns differ. For tasker_doctor(). Runs with the rights of the caller, who must be able to read the side tables. Linear in the rows of the installation.';
