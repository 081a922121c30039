CREATE FUNCTION @extschema@._tasker_repair(function_name text, installation regnamespace)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT * FROM %s.%I(%L);', '@extschema@', function_name, n.nspname)
    FROM pg_namespace AS n
    WHERE n.oid = installation
$$;

COMMENT ON FUNCTION @extschema@._tasker_repair(text, regnamespace) IS
'Returns the command that calls a management function for an installation, ready to run.

Errors: none. Privileges: none. Complexity: constant.';
