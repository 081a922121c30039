CREATE FUNCTION @extschema@._tasker_side_table_problems(installation regnamespace, side_table text)
RETURNS TABLE (
    problem     text,
    is_blocking boolean,  -- false: it works, but costs more
    is_addable  boolean,  -- a column that a later layout may have brought
    fix         text      -- the command that keeps every row; NULL: set the relation aside
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH relation AS (
        SELECT c.oid, c.relkind, c.relpersistence, c.relhasrules, c.relrowsecurity,
            c.relforcerowsecurity, c.relowner,
               format('%s.%I', installation, c.relname) AS name,
               steps.relowner AS tables_owner
        FROM pg_class AS c
        LEFT JOIN pg_class AS steps ON steps.relnamespace = installation
            AND steps.relname = 'tasker_workflow_steps'
        WHERE c.relnamespace = installation AND c.relname = side_table
    ), present AS (
        SELECT r.oid, a.attname, a.attnum, a.attnotnull, a.attidentity, a.attgenerated,
               format_type(a.atttypid, a.atttypmod) AS type_name,
               CASE WHEN a.attgenerated = ''
                   THEN pg_get_expr(d.adbin, d.adrelid) END AS default_expression,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                         CASE WHEN a.attidentity <> '' THEN 'GENERATED AS IDENTITY'
                              WHEN a.attgenerated <> ''
                              THEN 'GENERATED ALWAYS AS ' || pg_get_expr(d.adbin, d.adrelid)
                              ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END) AS definition
        FROM relation AS r
        JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE r.relkind = 'r'
    ), expected AS (
        SELECT e.column_name, e.column_position, e.in_primary_key, e.type_name, e.not_null,
            e.default_expression,
               concat_ws(' ', e.type_name, CASE WHEN e.not_null THEN 'NOT NULL' END,
                         'DEFAULT ' || e.default_expression) AS definition
        FROM @extschema@._tasker_expected_side_columns() AS e
        WHERE e.table_name = side_table
    ), added AS (
        SELECT 'trigger ' || quote_ident(t.tgname) AS name
        FROM relation AS r
        JOIN pg_trigger AS t ON t.tgrelid = r.oid
        WHERE t.tgqual IS NOT NULL
            OR t.tgfoid NOT IN ('@extschema@._tasker_count_steps()'::regprocedure,
                                '@extschema@._tasker_count_tasks()'::regprocedure)
        UNION ALL
        SELECT 'rule ' || quote_ident(w.rulename)
        FROM relation AS r
        JOIN pg_rewrite AS w ON w.ev_class = r.oid
        WHERE w.ev_enabled = 'D'
        UNION ALL
        SELECT 'row-level security'
        FROM relation AS r
        WHERE r.relrowsecurity OR r.relforcerowsecurity
        UNION ALL
        SELECT 'constraint ' || quote_ident(k.conname)
        FROM relation AS r
        JOIN pg_constraint AS k ON k.conrelid = r.oid
        WHERE k.contype NOT IN ('p', 'n')
        UNION ALL
        SELECT format('index %I, which has an expression or a predicate', c.relname)
        FROM relation AS r
        JOIN pg_index AS i ON i.indrelid = r.oid
        JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
        UNION ALL
        -- Computed whenever a row is written.
        SELECT 'the default of column ' || quote_ident(p.attname)
        FROM present AS p
        WHERE (p.default_expression IS NOT NULL OR p.attgenerated <> '')
            AND NOT EXISTS (SELECT FROM expected AS e WHERE e.column_name = p.attname)
    )
    SELECT 'it is not an ordinary table', true, false, NULL
    FROM relation AS r
        WHERE r.relkind <> 'r'
    UNION ALL
    SELECT 'it is not permanent', true, false, format('ALTER TABLE %s SET LOGGED;', r.name)
    FROM relation AS r
        WHERE r.relkind = 'r' AND r.relpersistence <> 'p'
    UNION ALL
    SELECT CASE WHEN i.inhrelid = r.oid THEN format('it inherits from %s', i.inhparent::regclass)
                ELSE format('%s inherits from it', i.inhrelid::regclass) END,
           true, false,
           CASE WHEN parent.relkind = 'p'
                THEN format('ALTER TABLE %s DETACH PARTITION %s;', i.inhparent::regclass,
                            i.inhrelid::regclass)
                ELSE format('ALTER TABLE %s NO INHERIT %s;', i.inhrelid::regclass,
                            i.inhparent::regclass) END
        FROM relation AS r
        JOIN pg_inherits AS i ON r.oid IN (i.inhrelid, i.inhparent)
        JOIN pg_class AS parent ON parent.oid = i.inhparent
        WHERE r.relkind = 'r'
    UNION ALL
    SELECT format('column "%s" is missing', e.column_name), true,
           NOT e.not_null OR e.default_expression IS NOT NULL,
           CASE WHEN NOT e.not_null OR e.default_expression IS NOT NULL
                THEN format('ALTER TABLE %s ADD COLUMN %I %s;', r.name, e.column_name, e.definition)
                -- Its values come from the Tasker tables, or the rows mean nothing without it.
                WHEN e.in_primary_key
                    OR side_table IN ('tasker_core_steps', 'tasker_core_tasks',
                                      'tasker_core_counts', 'tasker_core_hints',
                                      'tasker_core_timers', 'tasker_core_decisions',
                                      'tasker_core_attempted') THEN NULL
                ELSE format('ALTER TABLE %1$s ADD COLUMN %2$I %3$s; UPDATE %1$s SET %2$I = ...; '
                            'ALTER TABLE %1$s ALTER COLUMN %2$I SET NOT NULL;', r.name,
                            e.column_name, e.type_name) END
        FROM expected AS e
        JOIN relation AS r ON r.relkind = 'r'
        WHERE NOT EXISTS (SELECT FROM present AS p WHERE p.attname = e.column_name)
    UNION ALL
    SELECT format('column "%s" is %s instead of %s', p.attname, p.definition, e.definition),
           true, false,
           format('ALTER TABLE %s ', r.name) || concat_ws(', ',
               CASE WHEN p.attidentity <> ''
                    THEN format('ALTER COLUMN %I DROP IDENTITY', p.attname) END,
               CASE WHEN p.attgenerated <> ''
                    THEN format('ALTER COLUMN %I DROP EXPRESSION', p.attname) END,
               CASE WHEN p.default_expression IS NOT NULL
                   AND p.default_expression IS DISTINCT FROM e.default_expression
                    THEN format('ALTER COLUMN %I DROP DEFAULT', p.attname) END,
               CASE WHEN p.type_name <> e.type_name
                    THEN format('ALTER COLUMN %1$I TYPE %2$s USING %1$I::%2$s', p.attname,
                                e.type_name) END,
               CASE WHEN p.default_expression IS DISTINCT FROM e.default_expression
                   AND e.default_expression IS NOT NULL
                    THEN format('ALTER COLUMN %I SET DEFAULT %s', p.attname,
                                e.default_expression) END,
               CASE WHEN p.attnotnull <> e.not_null
                    THEN format('ALTER COLUMN %I %s NOT NULL', p.attname,
                                CASE WHEN e.not_null THEN 'SET' ELSE 'DROP' END) END) || ';'
        FROM expected AS e
        JOIN relation AS r ON r.relkind = 'r'
        JOIN present AS p ON p.attname = e.column_name
        WHERE e.definition <> p.definition
    UNION ALL
    -- An added column does no harm, unless a row cannot be inserted without it.
    SELECT format('column "%s" does not belong to this table, and rows cannot be inserted without '
                  'it', p.attname), true, false,
           format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', r.name, p.attname)
        FROM present AS p
        JOIN relation AS r ON r.oid = p.oid
        WHERE p.attnotnull AND p.default_expression IS NULL AND p.attidentity = ''
            AND p.attgenerated = ''
            AND NOT EXISTS (SELECT FROM expected AS e WHERE e.column_name = p.attname)
    UNION ALL
    SELECT format('it has no primary key (%s)', key.column_list), true, false,
           format('ALTER TABLE %s %sADD PRIMARY KEY (%s);', r.name,
                  (SELECT format('DROP CONSTRAINT %I, ', k.conname) FROM pg_constraint AS k
                   WHERE k.conrelid = r.oid AND k.contype = 'p'),
                  key.column_list)
        FROM relation AS r
        CROSS JOIN (SELECT string_agg(quote_ident(e.column_name), ', ' ORDER BY e.column_position)
            AS column_list
                    FROM expected AS e
                    WHERE e.in_primary_key) AS key
        WHERE r.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_constraint AS k
                            WHERE k.conrelid = r.oid AND k.contype = 'p'
                                AND pg_get_constraintdef(k.oid) = format('PRIMARY KEY (%s)',
                                                                         key.column_list))
    UNION ALL
    -- PostgreSQL has no rules for statements with several parts, as ours are.
    SELECT format('it has a rule, %I, which the statements of tasker_core do not support',
                  w.rulename), true, false,
           format('ALTER TABLE %s DISABLE RULE %I;', r.name, w.rulename)
        FROM relation AS r
        JOIN pg_rewrite AS w ON w.ev_class = r.oid
        WHERE r.relkind = 'r' AND w.ev_enabled <> 'D'
    UNION ALL
    -- What is written there runs as the owner of the table: it must come from that owner.
    SELECT format('it belongs to %s, not to %s, and has more than tasker_core gave it: %s',
                  r.relowner::regrole,
                  r.tables_owner::regrole, string_agg(a.name, ', ' ORDER BY a.name)),
           true, false, NULL
        FROM relation AS r
        CROSS JOIN added AS a
        WHERE r.relkind = 'r' AND r.relowner <> r.tables_owner
        GROUP BY r.relowner, r.tables_owner
    UNION ALL
    SELECT format('it has more than tasker_core gave it, which slows down every step: %s',
                  string_agg(a.name, ', ' ORDER BY a.name)),
           false, false, '-- kept as it is: drop it yourself if you do not need it'
        FROM relation AS r
        CROSS JOIN added AS a
        WHERE r.relkind = 'r' AND r.relowner = r.tables_owner
        HAVING count(*) > 0
$$;

COMMENT ON FUNCTION @extschema@._tasker_side_table_problems(regnamespace, text) IS
'Returns why a relation with the name of a side table is not one (is_blocking), or what was added '
'to it. No row if there is no such relation, or if it is as the extension made it. fix keeps every '
'row.

Errors: none. Privileges: none. Complexity: reads the catalog rows of one table.';
