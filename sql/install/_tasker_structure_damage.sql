CREATE FUNCTION @extschema@._tasker_structure_damage(installation regnamespace)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s: %s', s.object, s.detail), E'\n' ORDER BY s.object)
    FROM @extschema@._tasker_doctor_layout(installation) AS s
    WHERE s.severity = 'error'
        AND s.check_name IN ('missing_table', 'column_differs', 'side_table_missing',
                             'side_table_altered', 'side_table_foreign', 'side_table_owner',
                             'installation_outdated', 'installation_newer')
$$;

COMMENT ON FUNCTION @extschema@._tasker_structure_damage(regnamespace) IS
'Returns why the rows of an installation cannot be read, one line for each problem with its '
'tables; NULL if there is none.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 15 tables.';
