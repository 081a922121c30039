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
'Makes the side rows of an installation (the oid of its schema) equal to the Rails tables, and '
'counts the rows that it wrote. For tasker_install() and tasker_rebuild(), which take the locks.

Errors: 42501. Privileges: those of the tables; runs with the caller''s rights. Complexity: linear '
'in the rows of the installation.';
