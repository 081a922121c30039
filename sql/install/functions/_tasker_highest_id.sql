CREATE FUNCTION @extschema@._tasker_highest_id(installation oid, table_name text, column_name text)
RETURNS bigint
LANGUAGE c STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'highest_id_wrapper';

COMMENT ON FUNCTION @extschema@._tasker_highest_id(oid, text, text) IS
'Returns the highest id of a table of the installation, or NULL when the table is empty. For '
'tasker_doctor().

Errors: 42501, 42P01. Privileges: SELECT on the table; runs as the owner for a caller with the '
'owner''s rights. Complexity: one index look-up.';
