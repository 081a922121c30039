CREATE FUNCTION @extschema@._tasker_create_tables(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Tables that complete an installation belong to the owner of the others.
    tables_owner regrole := (SELECT c.relowner
                             FROM @extschema@._tasker_expected_columns() AS e
                             JOIN pg_class AS c ON c.relnamespace = installation
                                 AND c.relname = e.table_name
                             ORDER BY e.table_name <> 'tasker_workflow_steps',
                                      e.table_name <> 'tasker_tasks', e.table_name
                             LIMIT 1);
    missing text[] := ARRAY(
        SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_columns() AS e
        WHERE NOT EXISTS (SELECT FROM pg_class AS c
                          WHERE c.relnamespace = installation AND c.relname = e.table_name)
        ORDER BY e.table_name);
    missing_table text;
    renamed record;
    command text;
BEGIN
    SELECT e.table_name, d.refobjid::regclass AS present
        INTO renamed
        FROM @extschema@._tasker_expected_columns() AS e
        JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.sequence_name
        JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_class'::regclass
            AND d.deptype = 'a'
        WHERE e.table_name = ANY (missing)
        ORDER BY e.table_name
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('table %s.%I is missing, but its sequence belongs to table %s',
                             installation, renamed.table_name, renamed.present),
            HINT = format('If the table was renamed, give it its name back and install again: '
                          'ALTER TABLE %s RENAME TO %I;',
                          renamed.present, renamed.table_name);
    END IF;

    FOREACH missing_table IN ARRAY missing LOOP
        FOR command IN
            SELECT format('CREATE SEQUENCE %s.%I AS %s', installation, e.sequence_name, e.type_name)
            FROM @extschema@._tasker_expected_columns() AS e
                WHERE e.table_name = missing_table AND e.sequence_name IS NOT NULL
            UNION ALL
            SELECT format('CREATE TABLE %s.%I (%s)', installation, missing_table,
                          string_agg(concat_ws(' ', quote_ident(e.column_name), e.type_name,
                              'DEFAULT ' || e.default_expression,
                              CASE WHEN e.sequence_name IS NOT NULL
                                   THEN format('DEFAULT nextval(%L::regclass)',
                                               format('%s.%I', installation, e.sequence_name)) END,
                              CASE WHEN e.not_null THEN 'NOT NULL' END),
                              ', ' ORDER BY e.column_position))
                FROM @extschema@._tasker_expected_columns() AS e
                WHERE e.table_name = missing_table
            UNION ALL
            SELECT format('ALTER TABLE %s.%I OWNER TO %s', installation, missing_table,
                          tables_owner)
            WHERE tables_owner <> to_regrole(quote_ident(current_user))
            UNION ALL
            -- After the table has its owner: a sequence is owned by a table of the same role.
            SELECT format('ALTER SEQUENCE %s.%I OWNER TO %s', installation, e.sequence_name,
                          tables_owner)
            FROM @extschema@._tasker_expected_columns() AS e
                WHERE e.table_name = missing_table AND e.sequence_name IS NOT NULL
                    AND tables_owner <> to_regrole(quote_ident(current_user))
            UNION ALL
            SELECT format('ALTER SEQUENCE %s.%I OWNED BY %s.%I.%I', installation, e.sequence_name,
                          installation, missing_table, e.column_name)
                FROM @extschema@._tasker_expected_columns() AS e
                WHERE e.table_name = missing_table AND e.sequence_name IS NOT NULL
            UNION ALL
            SELECT format('ALTER TABLE %s.%I ADD CONSTRAINT %I PRIMARY KEY (%I)', installation,
                          missing_table, e.constraint_name, e.column_name)
                FROM @extschema@._tasker_expected_constraints() AS e
                WHERE e.table_name = missing_table AND e.parent_table IS NULL
            UNION ALL
            SELECT format('CREATE %sINDEX %I ON %s.%I (%s)%s',
                          CASE WHEN e.is_unique THEN 'UNIQUE ' END,
                          e.index_name, installation, missing_table, e.key_columns,
                          ' WHERE ' || e.index_predicate)
                FROM @extschema@._tasker_expected_indexes() AS e
                WHERE e.table_name = missing_table
        LOOP
            EXECUTE command;
        END LOOP;
    END LOOP;

    -- Now that every parent exists.
    FOR command IN
        SELECT format('ALTER TABLE %s.%I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %s.%I (%I)',
                      installation, e.table_name, e.constraint_name, e.column_name,
                      installation, e.parent_table, e.parent_column)
            FROM @extschema@._tasker_expected_constraints() AS e
            WHERE e.parent_table IS NOT NULL AND e.table_name = ANY (missing)
    LOOP
        EXECUTE command;
    END LOOP;

    RETURN QUERY
        SELECT format('table %s.%I', installation, t.table_name), 'created'::text,
               'with its sequence, constraints and indexes'::text
        FROM unnest(missing) AS t (table_name);
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_create_tables(regnamespace) IS
'Creates the missing ones of the 13 Tasker tables, identical to those of the Rails engine except '
'for redundant indexes; returns a row for each.

Errors: 55000 when a sequence belongs to another table, as after a renaming; as CREATE TABLE. '
'Privileges: CREATE on the schema; REFERENCES on the existing tables. Complexity: constant, the '
'new tables are empty.';
