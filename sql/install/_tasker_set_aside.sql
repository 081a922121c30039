CREATE FUNCTION @extschema@._tasker_set_aside(installation regnamespace, side_tables text[])
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH relation AS (
        SELECT c.oid, c.relkind, c.relname, format('%s.%I', installation, c.relname) AS name,
               (SELECT format('other%s_', min(n))
                FROM generate_series(1, 1000) AS n
                WHERE to_regclass(format('%s.%I', installation, 'other' || n || '_' || c.relname))
                    IS NULL) AS prefix
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relname = ANY (side_tables)
    ), kept AS (
        -- What the Tasker tables do not tell. Of tasks, everything else is written by installing.
        SELECT r.oid,
               string_agg(quote_ident(e.column_name), ', ' ORDER BY e.column_position)
                   FILTER (WHERE a.attname IS NOT NULL) AS columns,
               string_agg(format('%1$I = other.%1$I', e.column_name),
                          ', ' ORDER BY e.column_position)
                   FILTER (WHERE a.attname IN ('priority', 'paused_at', 'paused_by', 'pause_reason',
                                               'parent_task_id'))
                   AS assignments,
               -- Rows without these columns cannot be copied.
               bool_or(a.attname IS NULL
                       AND CASE WHEN r.relname = 'tasker_core_tasks' THEN e.in_primary_key
                                ELSE e.not_null AND e.default_expression IS NULL END) AS lacks
        FROM relation AS r
        JOIN @extschema@._tasker_expected_side_columns() AS e ON e.table_name = r.relname
        LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attname = e.column_name
            AND NOT a.attisdropped
        WHERE r.relkind IN ('r', 'p')
            AND r.relname NOT IN ('tasker_core_steps', 'tasker_core_counts', 'tasker_core_hints',
                                  'tasker_core_timers',
                                  'tasker_core_decisions', 'tasker_core_attempted')
        GROUP BY r.oid
    ), command AS (
        SELECT 1 AS part, r.relname::text AS position,
            format('ALTER TABLE %s RENAME TO %I;', r.name, r.prefix || r.relname) AS text
        FROM relation AS r
        UNION ALL
        -- The names of indexes are names of the schema.
        SELECT 1, r.relname || ' ' || c.relname,
               format('ALTER INDEX %s.%I RENAME TO %I;', installation, c.relname,
                      left(r.prefix || c.relname, 63))
        FROM relation AS r
        JOIN pg_index AS i ON i.indrelid = r.oid
        JOIN pg_class AS c ON c.oid = i.indexrelid
        UNION ALL
        SELECT 2, '', @extschema@._tasker_repair('tasker_install', installation)
        UNION ALL
        SELECT 3, r.relname,
               CASE WHEN r.relname = 'tasker_core_tasks'
                    THEN format('UPDATE %s AS side SET %s FROM %s.%I AS other '
                                'WHERE other.task_id = side.task_id;',
                                r.name, k.assignments, installation, r.prefix || r.relname)
                    ELSE format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM %3$s.%4$I '
                                'ON CONFLICT DO NOTHING;',
                                r.name, k.columns, installation, r.prefix || r.relname) END
        FROM relation AS r
        JOIN kept AS k ON k.oid = r.oid AND NOT k.lacks
        UNION ALL
        SELECT 4, '', @extschema@._tasker_repair('tasker_rebuild', installation)
        WHERE EXISTS (SELECT FROM kept AS k WHERE NOT k.lacks)
    )
    SELECT 'BEGIN; ' || string_agg(c.text, ' ' ORDER BY c.part, c.position) || ' COMMIT;'
    FROM command AS c
$$;

COMMENT ON FUNCTION @extschema@._tasker_set_aside(regnamespace, text[]) IS
'Returns the commands that free the names of side tables: they rename the relations with these '
'names and their indexes, install, and copy what cannot be rebuilt. They drop nothing.

Errors: none. Privileges: none. Complexity: reads the catalog rows of these tables.';
