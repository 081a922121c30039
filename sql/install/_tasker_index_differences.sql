CREATE FUNCTION @extschema@._tasker_index_differences(installation regnamespace)
RETURNS TABLE (object text, detail text, fix text, is_unprotected boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH expected AS (
        SELECT e.table_name, e.index_name, e.is_unique, e.index_predicate, e.serves,
               string_to_array(e.key_columns, ', ') AS key_columns,
               format('%s INDEX ON %s.%I (%s)%s', CASE WHEN e.is_unique THEN 'UNIQUE' END,
                      installation, e.table_name, e.key_columns, ' WHERE ' || e.index_predicate)
                          AS definition,
               format('CREATE %sINDEX CONCURRENTLY %I ON %s.%I (%s)%s;',
                      CASE WHEN e.is_unique THEN 'UNIQUE ' END, e.index_name,
                      installation, e.table_name, e.key_columns,
                      ' WHERE ' || e.index_predicate) AS command
        FROM @extschema@._tasker_expected_indexes() AS e
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = e.table_name AND c.relkind = 'r'
    ), present AS (
        SELECT p.index_id, p.table_name, p.index_name, p.is_unique, p.is_usable, p.key_columns,
            p.index_predicate
        FROM @extschema@._tasker_present_indexes(installation) AS p
        WHERE p.access_method = 'btree'
    )
    -- A rule needs the very index, and its name: the engine knows a lost race by it.
    SELECT format('index %s.%I', installation, e.index_name),
           format('expected %s (%s), ', ltrim(e.definition), e.serves)
               || CASE WHEN named.index_id IS NOT NULL AND NOT named.is_usable
                       THEN 'but the index is not valid'
                       WHEN named.index_id IS NOT NULL
                       THEN format('found %s', pg_get_indexdef(named.index_id))
                       WHEN equal.index_name IS NOT NULL
                       THEN format('found it under the name "%s"', equal.index_name)
                       ELSE 'but the index is missing' END,
           CASE WHEN named.index_id IS NULL AND equal.index_name IS NOT NULL
                THEN format('ALTER INDEX %s.%I RENAME TO %I;', installation, equal.index_name,
                            e.index_name)
                WHEN named.index_id IS NOT NULL
                THEN format('DROP INDEX CONCURRENTLY %s.%I; %s', installation, e.index_name,
                            e.command)
                ELSE e.command END,
           equal.index_name IS NULL
               AND e.key_columns && ARRAY['sort_key', 'most_recent']
    FROM expected AS e
    LEFT JOIN present AS named ON named.table_name = e.table_name
        AND named.index_name = e.index_name
    LEFT JOIN LATERAL (
        SELECT p.index_name
        FROM present AS p
        WHERE p.table_name = e.table_name AND p.is_unique AND p.is_usable
            AND p.key_columns = e.key_columns
            AND p.index_predicate IS NOT DISTINCT FROM e.index_predicate
        ORDER BY p.index_name <> e.index_name, p.index_name
        LIMIT 1) AS equal ON true
    WHERE e.is_unique AND equal.index_name IS DISTINCT FROM e.index_name
    UNION ALL
    -- A query needs some index that begins with its column.
    SELECT format('index %s.%I', installation, e.index_name),
           format('expected %s (%s), but no index begins with that column',
                  ltrim(e.definition), e.serves),
           e.command,
           false
    FROM expected AS e
    WHERE NOT e.is_unique
        AND NOT EXISTS (SELECT FROM present AS p
                        WHERE p.table_name = e.table_name AND p.is_usable
                            -- Casts depend on the type of the column.
                            AND regexp_replace(p.index_predicate, '[[:space:]()]|::text', '', 'g')
                                IS NOT DISTINCT FROM regexp_replace(e.index_predicate,
                                                                    '[[:space:]()]|::text', '', 'g')
                            AND p.key_columns[1] = e.key_columns[1])
    ORDER BY 1
$$;

COMMENT ON FUNCTION @extschema@._tasker_index_differences(regnamespace) IS
'Returns the needed indexes that the existing Tasker tables lack: unique ones by name and '
'definition, the others if no index begins with the requested column. is_unprotected: no index '
'keeps the transitions of a step or task in one order.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 13 tables and their indexes.';
