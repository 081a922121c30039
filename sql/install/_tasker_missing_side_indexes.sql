CREATE FUNCTION @extschema@._tasker_missing_side_indexes(installation regnamespace)
RETURNS TABLE (table_name text, index_name text, column_list text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.table_name, e.index_name, e.column_list
    FROM @extschema@._tasker_expected_side_indexes() AS e
    JOIN pg_class AS t ON t.relnamespace = installation AND t.relname = e.table_name
    WHERE NOT EXISTS (
        SELECT FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = t.oid AND c.relname = e.index_name AND i.indisvalid
            AND i.indisunique = e.is_unique
            AND e.column_list
                = (SELECT string_agg(pg_get_indexdef(i.indexrelid, k.position, false), ', '
                ORDER BY k.position)
                                 FROM generate_series(1, i.indnkeyatts) AS k (position)))
$$;

COMMENT ON FUNCTION @extschema@._tasker_missing_side_indexes(regnamespace) IS
'Returns the indexes that the side tables of an installation lack: absent, not valid, or with '
'other columns.

Errors: none. Privileges: none. Complexity: reads the catalog rows of nine tables.';
