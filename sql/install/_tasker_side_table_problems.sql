CREATE FUNCTION @extschema@._tasker_side_table_problems(installation regnamespace, side_table text)
RETURNS TABLE (problem text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH relation AS (
        SELECT c.oid, c.relkind, c.relpersistence, c.relhasrules, c.relrowsecurity,
               c.relforcerowsecurity, c.relispartition
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relname = side_table
    ), present AS (
        SELECT r.oid, a.attname, a.attnum,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                         CASE WHEN a.attidentity <> '' THEN 'GENERATED AS IDENTITY'
                              WHEN a.attgenerated <> '' THEN 'GENERATED ALWAYS AS ' || pg_get_expr(d.adbin, d.adrelid)
                              ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END) AS definition
        FROM relation AS r
        JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE r.relkind = 'r'
    ), expected AS (
        SELECT e.column_name, e.column_position, e.in_primary_key,
               concat_ws(' ', e.type_name, CASE WHEN e.not_null THEN 'NOT NULL' END,
                         'DEFAULT ' || e.default_expression) AS definition
        FROM @extschema@._tasker_expected_side_columns() AS e
        WHERE e.table_name = side_table
    )
    SELECT 'it is not an ordinary, permanent table'
        FROM relation AS r
        WHERE r.relkind <> 'r' OR r.relpersistence <> 'p' OR r.relispartition
            OR EXISTS (SELECT FROM pg_inherits AS i WHERE r.oid IN (i.inhrelid, i.inhparent))
    UNION ALL
    SELECT CASE WHEN p.attname IS NULL THEN format('column "%s" is missing', e.column_name)
                WHEN e.column_name IS NULL THEN format('column "%s" does not belong to it', p.attname)
                ELSE format('column "%s" is %s instead of %s', e.column_name, p.definition, e.definition) END
        FROM expected AS e
        FULL JOIN present AS p ON p.attname = e.column_name
        WHERE e.definition IS DISTINCT FROM p.definition
            AND EXISTS (SELECT FROM relation AS r WHERE r.relkind = 'r')
    UNION ALL
    -- A rule, a policy, a trigger or an expression would run as the owner of the table.
    SELECT 'it has rules, row-level security, triggers or constraints of somebody else'
        FROM relation AS r
        WHERE r.relkind = 'r'
            AND (r.relhasrules OR r.relrowsecurity OR r.relforcerowsecurity
                OR EXISTS (SELECT FROM pg_trigger AS t
                           WHERE t.tgrelid = r.oid
                               AND (t.tgqual IS NOT NULL
                                   OR t.tgfoid NOT IN ('@extschema@._tasker_count_steps()'::regprocedure,
                                                       '@extschema@._tasker_count_tasks()'::regprocedure)))
                OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype NOT IN ('p', 'n')))
    UNION ALL
    SELECT format('index "%s" has an expression or a predicate', i.indexrelid::regclass)
        FROM relation AS r
        JOIN pg_index AS i ON i.indrelid = r.oid
        WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    UNION ALL
    SELECT format('it has no primary key (%s)', key.column_list)
        FROM relation AS r
        CROSS JOIN (SELECT string_agg(quote_ident(e.column_name), ', ' ORDER BY e.column_position) AS column_list
                    FROM expected AS e
                    WHERE e.in_primary_key) AS key
        WHERE r.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_constraint AS k
                            WHERE k.conrelid = r.oid AND k.contype = 'p'
                                AND pg_get_constraintdef(k.oid) = format('PRIMARY KEY (%s)', key.column_list))
$$;

COMMENT ON FUNCTION @extschema@._tasker_side_table_problems(regnamespace, text) IS
'What keeps a relation that has the name of a side table from being one; no row when there is no such relation, or when it is one.

Errors: none. Privileges: none. Complexity: reads the catalog rows of one table.';
