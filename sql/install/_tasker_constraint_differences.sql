CREATE FUNCTION @extschema@._tasker_constraint_differences(installation regnamespace)
RETURNS TABLE (object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH expected AS (
        SELECT c.oid AS table_id, e.table_name, e.constraint_name,
               CASE WHEN e.parent_table IS NULL THEN format('PRIMARY KEY (%I)', e.column_name)
                    ELSE format('FOREIGN KEY (%I) REFERENCES %s.%I(%I)', e.column_name,
                                installation, e.parent_table, e.parent_column) END AS definition
        FROM @extschema@._tasker_expected_constraints() AS e
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = e.table_name AND c.relkind = 'r'
    )
    SELECT format('constraint %I on %s.%I', e.constraint_name, installation, e.table_name),
           format('expected %s, ', e.definition)
               || CASE WHEN named.oid IS NOT NULL
                       THEN format('found %s', pg_get_constraintdef(named.oid))
                       WHEN equal.conname IS NOT NULL
                       THEN format('found it under the name "%s"', equal.conname)
                       ELSE 'but the constraint is missing' END,
           CASE WHEN named.oid IS NULL AND equal.conname IS NOT NULL
                THEN format('ALTER TABLE %s.%I RENAME CONSTRAINT %I TO %I;',
                            installation, e.table_name, equal.conname, e.constraint_name)
                ELSE format('ALTER TABLE %s.%I %sADD CONSTRAINT %I %s;', installation, e.table_name,
                            CASE WHEN named.oid IS NOT NULL
                                 THEN format('DROP CONSTRAINT %I, ', e.constraint_name) ELSE '' END,
                            e.constraint_name, e.definition) END
    FROM expected AS e
    LEFT JOIN pg_constraint AS named
        ON named.conrelid = e.table_id AND named.conname = e.constraint_name
    LEFT JOIN LATERAL (
        SELECT other.conname
        FROM pg_constraint AS other
        WHERE other.conrelid = e.table_id AND pg_get_constraintdef(other.oid) = e.definition
        ORDER BY other.conname
        LIMIT 1) AS equal ON true
    WHERE named.oid IS NULL OR pg_get_constraintdef(named.oid) <> e.definition
    ORDER BY e.table_name, e.constraint_name
$$;

COMMENT ON FUNCTION @extschema@._tasker_constraint_differences(regnamespace) IS
'Returns the primary keys and foreign keys of the existing Tasker tables that are missing, or have '
'another name or definition than in the Rails engine.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 13 tables.';
