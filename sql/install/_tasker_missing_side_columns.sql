CREATE FUNCTION @extschema@._tasker_missing_side_columns(installation regnamespace)
RETURNS TABLE (table_name text, column_name text, command text, comment_command text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.table_name, e.column_name,
           format('ALTER TABLE %s ADD COLUMN %I %s', t.name, e.column_name,
                  concat_ws(' ', e.type_name, CASE WHEN e.not_null THEN 'NOT NULL' END,
                            'DEFAULT ' || e.default_expression)),
           format('COMMENT ON COLUMN %s.%I IS %L', t.name, e.column_name, e.meaning)
    FROM @extschema@._tasker_expected_side_columns() AS e
    JOIN (SELECT c.oid, c.relname, format('%s.%I', installation, c.relname) AS name
          FROM pg_class AS c
          WHERE c.relnamespace = installation AND c.relkind = 'r') AS t ON t.relname = e.table_name
    WHERE NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = t.oid AND a.attname = e.column_name AND NOT a.attisdropped)
        AND (NOT e.not_null OR e.default_expression IS NOT NULL)
    ORDER BY e.table_name, e.column_position
$$;

COMMENT ON FUNCTION @extschema@._tasker_missing_side_columns(regnamespace) IS
'Returns the columns that the side tables of an installation lack and that can be added to rows '
'that are there, as every column that a later layout brings, with the commands that add them.

Errors: none. Privileges: none. Complexity: reads the catalog rows of the side tables.';
