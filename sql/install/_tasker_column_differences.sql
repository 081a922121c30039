CREATE FUNCTION @extschema@._tasker_column_differences(installation regnamespace)
RETURNS TABLE (object text, detail text, fix text, is_blocking boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH present AS (
        SELECT c.relname, a.attname, a.attnum, a.attnotnull,
               format_type(a.atttypid, a.atttypmod) AS type_name,
               -- A domain is stored as what it is over.
               CASE WHEN y.typtype <> 'd' THEN format_type(a.atttypid, NULL)
                   ELSE (WITH RECURSIVE layer AS (
                             SELECT a.atttypid AS id
                             UNION ALL
                             SELECT t.typbasetype FROM layer AS l JOIN pg_type AS t ON t.oid = l.id
                                 AND t.typtype = 'd'
                         )
                         SELECT format_type(l.id, NULL) FROM layer AS l
                         JOIN pg_type AS t ON t.oid = l.id AND t.typtype <> 'd') END AS base_type,
               pg_get_expr(d.adbin, d.adrelid) AS default_expression,
               a.attgenerated <> '' AS is_generated,
               a.attidentity <> '' AS is_identity
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = installation AND c.relkind = 'r'
    ), expected AS (
        SELECT e.table_name, e.column_name, e.type_name, e.not_null, e.is_needed,
               e.sequence_name IS NOT NULL AS is_fed,
               -- What the sequence that feeds the column lacks: the command before, and after, it
               -- is used.
               CASE WHEN e.sequence_name IS NOT NULL
                        AND to_regclass(format('%s.%I', installation, e.sequence_name)) IS NULL
                    THEN format('CREATE SEQUENCE %s.%I AS %s; ', installation, e.sequence_name,
                                e.type_name)
                    END AS create_sequence,
               CASE WHEN e.sequence_name IS NOT NULL
                        AND to_regclass(format('%s.%I', installation, e.sequence_name)) IS NULL
                    THEN format(' ALTER SEQUENCE %1$s.%2$I OWNER TO %5$s;'
                                ' ALTER SEQUENCE %1$s.%2$I OWNED BY %1$s.%3$I.%4$I;'
                                ' SELECT setval(%6$L, COALESCE(max(%4$I), 0) + 1, false) FROM '
                                '%1$s.%3$I;',
                                installation, e.sequence_name, e.table_name, e.column_name,
                                c.relowner::regrole, format('%s.%I', installation, e.sequence_name))
                    END AS bind_sequence,
               regexp_replace(e.type_name, '[(][0-9]+[)]', '') AS base_type,
               CASE WHEN e.sequence_name IS NULL THEN e.default_expression
                    ELSE format('nextval(%L::regclass)',
                                format('%s.%I', installation, e.sequence_name))
                    END AS default_expression
        FROM @extschema@._tasker_expected_columns() AS e
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = e.table_name AND c.relkind = 'r'
    ), compared AS (
        SELECT e.table_name, e.column_name, e.is_needed, e.create_sequence, e.bind_sequence,
               e.type_name, e.not_null, e.default_expression, p.attnum IS NULL AS is_missing,
               e.base_type <> p.base_type
                   AND NOT (e.base_type = 'character varying'
                            AND p.base_type = 'text') AS is_incompatible,
               concat_ws(' ', e.type_name,
                         CASE WHEN e.not_null THEN 'NOT NULL' END,
                         'DEFAULT ' || e.default_expression) AS expected_definition,
               concat_ws(' ', seen.type_name,
                         CASE WHEN p.attnotnull THEN 'NOT NULL' END,
                         CASE WHEN seen.is_fed THEN 'DEFAULT ' || e.default_expression
                              WHEN p.is_identity THEN 'GENERATED AS IDENTITY'
                              WHEN p.is_generated
                              THEN 'GENERATED ALWAYS AS (' || p.default_expression || ')'
                              ELSE 'DEFAULT ' || p.default_expression END) AS present_definition,
               seen.type_name AS present_type, p.attnotnull AS present_not_null,
               CASE WHEN seen.is_fed THEN e.default_expression
                   ELSE p.default_expression END AS present_default
        FROM expected AS e
        LEFT JOIN present AS p ON p.relname = e.table_name AND p.attname = e.column_name
        -- Any sequence, and an identity column, will do where the engine has a sequence; so will
        -- text where it has a string of any length.
        CROSS JOIN LATERAL (
            SELECT COALESCE(e.is_fed AND (p.is_identity OR p.default_expression LIKE 'nextval(%'),
                            false),
                   CASE WHEN e.type_name = 'character varying' AND p.type_name = 'text'
                        THEN e.type_name ELSE p.type_name END) AS seen (is_fed, type_name)
    )
    SELECT format('column %s.%I.%I', installation, d.table_name, d.column_name),
           CASE WHEN d.is_missing
                THEN format('expected %s, but the column is missing', d.expected_definition)
                ELSE format('expected %s, found %s', d.expected_definition,
                            d.present_definition) END,
           concat(CASE WHEN d.default_expression IS DISTINCT FROM d.present_default
               THEN d.create_sequence END,
                  format('ALTER TABLE %s.%I ', installation, d.table_name))
               || CASE WHEN d.is_missing
                       THEN format('ADD COLUMN %I %s', d.column_name, d.expected_definition)
                  ELSE concat_ws(', ',
                      CASE WHEN d.present_type <> d.type_name
                           THEN format('ALTER COLUMN %I TYPE %s', d.column_name, d.type_name)
                               || CASE WHEN d.type_name LIKE '% without time zone'
                                           AND d.present_type LIKE '% with time zone'
                                       -- The engine stores UTC.
                                       THEN format(' USING %I AT TIME ZONE ''UTC''', d.column_name)
                                       WHEN d.is_incompatible
                                       THEN format(' USING %I::%s', d.column_name, d.type_name)
                                       ELSE '' END
                           END,
                      CASE WHEN d.present_not_null <> d.not_null
                           THEN format('ALTER COLUMN %I %s NOT NULL', d.column_name,
                                       CASE WHEN d.not_null THEN 'SET' ELSE 'DROP' END) END,
                      CASE WHEN d.default_expression IS NULL AND d.present_default IS NOT NULL
                           THEN format('ALTER COLUMN %I DROP DEFAULT', d.column_name)
                           WHEN d.default_expression IS DISTINCT FROM d.present_default
                           THEN format('ALTER COLUMN %I SET DEFAULT %s', d.column_name,
                                       d.default_expression) END)
                  END || ';'
               || CASE WHEN d.default_expression IS DISTINCT FROM d.present_default
                       THEN COALESCE(d.bind_sequence, '') ELSE '' END,
           d.is_needed AND (d.is_missing OR d.is_incompatible
               OR (d.not_null AND NOT d.present_not_null))
    FROM compared AS d
    WHERE d.expected_definition <> d.present_definition OR d.is_missing
    UNION ALL
    -- An added column does no harm, unless a row cannot be inserted without it.
    SELECT format('column %s.%I.%I', installation, p.relname, p.attname),
           format('not a column of Tasker, and %s without a default: rows inserted without it are '
                  'rejected',
                  p.type_name || ' NOT NULL'),
           format('ALTER TABLE %s.%I ALTER COLUMN %I DROP NOT NULL;', installation, p.relname,
                  p.attname),
           false
    FROM present AS p
    WHERE p.attnotnull AND p.default_expression IS NULL AND NOT p.is_identity
        AND EXISTS (SELECT FROM expected AS e WHERE e.table_name = p.relname)
        AND NOT EXISTS (SELECT FROM expected AS e
                        WHERE e.table_name = p.relname AND e.column_name = p.attname)
    ORDER BY 1
$$;

COMMENT ON FUNCTION @extschema@._tasker_column_differences(regnamespace) IS
'Returns the columns of the existing Tasker tables that differ from the Rails engine''s definition '
'(type, nullability, default). is_blocking: side rows cannot be made without the column, or with a '
'NULL in it. Not a difference: the order of columns, added columns that an INSERT can leave out, '
'another sequence or an identity column, text instead of a string without limit.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 13 tables.';
