CREATE FUNCTION @extschema@._tasker_layout(installation regnamespace)
RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    -- Reading the text of the view runs nothing that its owner may have put there.
    SELECT COALESCE((
        SELECT substring(pg_get_viewdef(v.oid) FROM '^ *SELECT ([0-9]{1,9}) AS layout,')::integer
        FROM pg_class AS v
        JOIN pg_class AS t ON t.relnamespace = installation AND t.relname = 'tasker_workflow_steps'
            AND t.relowner = v.relowner
        WHERE v.relnamespace = installation AND v.relname = 'tasker_core_layout'
            AND v.relkind = 'v'), 0)
$$;

COMMENT ON FUNCTION @extschema@._tasker_layout(regnamespace) IS
'Returns the layout of an installation, as its view tasker_core_layout says; 0 if it has no such '
'view of the owner of the tables.

Errors: none. Privileges: none. Complexity: three catalog look-ups.';
