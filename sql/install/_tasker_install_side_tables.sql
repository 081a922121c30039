CREATE FUNCTION @extschema@._tasker_install_side_tables(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables_owner regrole := (SELECT c.relowner FROM pg_class AS c
                             WHERE c.relnamespace = installation
                                 AND c.relname = 'tasker_workflow_steps');
    side_table text;
    present regclass;
    present_owner regrole;
    problems text;
    fixes text;
    unfit text;
    grantee text;
    command text;
    missing record;
    side_index record;
BEGIN
    SELECT string_agg(format('"%s.%I"', installation, f.side_table), ', '),
           string_agg(format('%s: %s', f.side_table, f.detail), E'\n'),
           string_agg(f.fix, E'\n')
        INTO unfit, problems, fixes
        FROM @extschema@._tasker_side_table_findings(installation) AS f;
    IF unfit IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_table',
            MESSAGE = format('relation %s exists, but is not a side table of this version of '
                             'tasker_core', unfit),
            DETAIL = problems,
            HINT = format(E'Run these commands, which keep every row, and install again:\n%s',
                          fixes);
    END IF;

    FOR side_table IN
        SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_side_columns() AS e
        ORDER BY 1
    LOOP
        object := format('table %s.%I', installation, side_table);
        action := 'unchanged';
        detail := '';
        present := to_regclass(format('%s.%I', installation, side_table));

        IF present IS NULL THEN
            action := 'created';
            detail := format('owned by %s', tables_owner);
            FOR command IN
                SELECT format('CREATE TABLE %s.%I (%s, PRIMARY KEY (%s)) WITH (%s)', installation,
                              side_table,
                              string_agg(concat_ws(' ', quote_ident(e.column_name), e.type_name,
                                  CASE WHEN e.not_null THEN 'NOT NULL' END,
                                  'DEFAULT ' || e.default_expression),
                                  ', ' ORDER BY e.column_position),
                              string_agg(quote_ident(e.column_name),
                                         ', ' ORDER BY e.column_position)
                                  FILTER (WHERE e.in_primary_key),
                              min(o.storage_options))
                    FROM @extschema@._tasker_expected_side_columns() AS e
                    CROSS JOIN @extschema@._tasker_side_storage_options(side_table) AS o
                    WHERE e.table_name = side_table
                UNION ALL
                SELECT format('COMMENT ON TABLE %s.%I IS %L', installation, side_table,
                              'Kept by tasker_core: the part of the Tasker tables that its readers '
                              'need. Do not write to it; tasker_rebuild() repairs it.')
                UNION ALL
                SELECT format('COMMENT ON COLUMN %s.%I.%I IS %L', installation, side_table,
                              e.column_name, e.meaning)
                FROM @extschema@._tasker_expected_side_columns() AS e
                    WHERE e.table_name = side_table
            LOOP
                EXECUTE command;
            END LOOP;
            present := to_regclass(format('%s.%I', installation, side_table));
        END IF;

        SELECT c.relowner INTO present_owner FROM pg_class AS c WHERE c.oid = present;
        IF present_owner <> tables_owner THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %s', present, tables_owner);
            IF action = 'unchanged' THEN
                action := 'replaced';
                detail := format('its owner %s by %s, who owns tasker_workflow_steps',
                                 present_owner, tables_owner);
            END IF;
        END IF;

        -- Default privileges may have granted something; what was granted to an
        -- installed side table on purpose stays.
        IF action <> 'unchanged' THEN
            FOR grantee IN
                SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                                     ELSE a.grantee::regrole::text END
                FROM pg_class AS c
                    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
                    WHERE c.oid = present AND a.grantee <> c.relowner
            LOOP
                EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', present, grantee);
            END LOOP;
        END IF;

        -- Only an installation of another layout gets here without some column.
        FOR missing IN
            SELECT m.column_name, m.command, m.comment_command
            FROM @extschema@._tasker_missing_side_columns(installation) AS m
            WHERE m.table_name = side_table
        LOOP
            EXECUTE missing.command;
            EXECUTE missing.comment_command;
            action := 'altered';
            detail := concat_ws(', ', nullif(detail, ''),
                                format('column %I added', missing.column_name));
        END LOOP;
        RETURN NEXT;
    END LOOP;

    FOR side_index IN
        SELECT e.table_name, e.index_name, e.column_list, e.is_unique, e.serves, o.index_options
        FROM @extschema@._tasker_expected_side_indexes() AS e
        CROSS JOIN @extschema@._tasker_side_storage_options(e.table_name) AS o
        ORDER BY e.table_name, e.index_name
    LOOP
        object := format('index %s.%I', installation, side_index.index_name);
        action := 'unchanged';
        detail := '';
        IF NOT EXISTS (SELECT FROM @extschema@._tasker_missing_side_indexes(installation) AS m
                       WHERE m.index_name = side_index.index_name)
        THEN
            RETURN NEXT;
            CONTINUE;
        END IF;
        action := 'created';
        IF EXISTS (SELECT FROM pg_index AS i
                   JOIN pg_class AS c ON c.oid = i.indexrelid
                   WHERE i.indrelid = to_regclass(format('%s.%I', installation,
                                                         side_index.table_name))
                       AND c.relname = side_index.index_name)
        THEN
            EXECUTE format('DROP INDEX %s.%I', installation, side_index.index_name);
            action := 'replaced';
            detail := 'it was not valid, or of other columns';
        END IF;
        EXECUTE format('CREATE %s INDEX %I ON %s.%I (%s) WITH (%s)',
                       CASE WHEN side_index.is_unique THEN 'UNIQUE' END,
                       side_index.index_name, installation, side_index.table_name,
                       side_index.column_list,
                       side_index.index_options);
        EXECUTE format('COMMENT ON INDEX %s.%I IS %L', installation, side_index.index_name,
                       'Serves: ' || side_index.serves || '.');
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_side_tables(regnamespace) IS
'Creates the side tables of an installation, makes the owner of tasker_workflow_steps their owner '
'and revokes all privileges of other roles; returns a row for each.

Errors: 42P07 when a relation of that name is something else. Privileges: CREATE on the schema; '
'membership in the owner of tasker_workflow_steps. Complexity: constant, the new tables are empty.';
