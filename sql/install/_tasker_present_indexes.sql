CREATE FUNCTION @extschema@._tasker_present_indexes(installation regnamespace)
RETURNS TABLE (
    index_id        oid,
    table_name      text,
    index_name      text,
    access_method   text,
    is_unique       boolean,
    is_usable       boolean,
    is_bound        boolean,   -- a constraint, the replica identity or clustering hangs on it
    key_columns     text[],
    key_details     text[],    -- each key with its operator class, collation and direction
    other_columns   text[],    -- INCLUDE
    index_predicate text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT i.indexrelid, t.relname, c.relname, m.amname, i.indisunique,
           i.indisvalid AND i.indisready AND i.indislive,
           i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered
               OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false)
                 FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n),
           ARRAY(SELECT concat_ws(' ', pg_get_indexdef(i.indexrelid, n, false),
                                  i.indclass[n - 1], i.indcollation[n - 1], i.indoption[n - 1])
                 FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false)
                 FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS n ORDER BY n),
           pg_get_expr(i.indpred, i.indrelid)
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_am AS m ON m.oid = c.relam
    WHERE t.relnamespace = installation
        AND t.relname IN (SELECT e.table_name FROM @extschema@._tasker_expected_columns() AS e)
$$;

COMMENT ON FUNCTION @extschema@._tasker_present_indexes(regnamespace) IS
'Returns the indexes of the Tasker tables of an installation, split into parts for comparison.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 13 tables.';
