CREATE FUNCTION @extschema@._tasker_rebuild(installation oid)
RETURNS TABLE (
    side_table text,
    inserted bigint,
    updated bigint,
    deleted bigint
)
LANGUAGE c VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rebuild_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_rebuild(oid) IS
'Makes the side rows of an installation (the oid of its schema) say what the Rails tables say, and counts what it wrote. For tasker_install() and tasker_rebuild(), which take the locks. Runs with the rights of the caller. Linear in the rows of the installation.';
