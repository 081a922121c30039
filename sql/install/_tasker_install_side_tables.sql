CREATE FUNCTION @extschema@._tasker_install_side_tables(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables_owner regrole := (SELECT c.relowner FROM pg_class AS c
                             WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps');
    side_table text;
    present regclass;
    present_owner regrole;
    problems text;
    grantee text;
    command text;
BEGIN
    FOR side_table IN
        SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_side_columns() AS e ORDER BY 1
    LOOP
        object := format('table %s.%I', installation, side_table);
        action := 'unchanged';
        detail := '';
        present := to_regclass(format('%s.%I', installation, side_table));

        SELECT string_agg(p.problem, E'\n' ORDER BY p.problem)
            INTO problems
            FROM @extschema@._tasker_side_table_problems(installation, side_table) AS p;
        IF problems IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'duplicate_table',
                MESSAGE = format('relation "%s" exists, but is not a side table of this version of tasker_core', present),
                DETAIL = problems,
                HINT = 'Rename or drop it, and install again: a side table holds nothing that cannot be rebuilt but priorities.';
        END IF;

        IF present IS NULL THEN
            action := 'created';
            detail := format('owned by %s', tables_owner);
            FOR command IN
                -- Room in each page, so that updates stay in it.
                SELECT format('CREATE TABLE %s.%I (%s) WITH (fillfactor = 70)', installation, side_table,
                              string_agg(concat_ws(' ', quote_ident(e.column_name), e.type_name,
                                  CASE WHEN e.column_position = 1 THEN 'PRIMARY KEY' END,
                                  CASE WHEN e.not_null THEN 'NOT NULL' END,
                                  'DEFAULT ' || e.default_expression), ', ' ORDER BY e.column_position))
                    FROM @extschema@._tasker_expected_side_columns() AS e
                    WHERE e.table_name = side_table
                UNION ALL
                SELECT format('COMMENT ON TABLE %s.%I IS %L', installation, side_table,
                              'Kept by tasker_core: what its readers need of the Tasker tables. Do not write it; tasker_rebuild() repairs it.')
                UNION ALL
                SELECT format('COMMENT ON COLUMN %s.%I.%I IS %L', installation, side_table, e.column_name, e.meaning)
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
                detail := format('its owner %s by %s, who owns tasker_workflow_steps', present_owner, tables_owner);
            END IF;
        END IF;

        -- Default privileges may have granted something; what was granted to an
        -- installed side table on purpose stays.
        IF action <> 'unchanged' THEN
            FOR grantee IN
                SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
                    FROM pg_class AS c
                    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
                    WHERE c.oid = present AND a.grantee <> c.relowner
            LOOP
                EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', present, grantee);
            END LOOP;
        END IF;
        RETURN NEXT;
    END LOOP;

    object := format('index %s.tasker_core_steps_task_id_idx', installation);
    action := 'unchanged';
    detail := '';
    IF NOT EXISTS (SELECT FROM pg_index AS i
                   JOIN pg_class AS c ON c.oid = i.indexrelid
                   WHERE i.indrelid = to_regclass(format('%s.tasker_core_steps', installation))
                       AND c.relname = 'tasker_core_steps_task_id_idx'
                       AND i.indisvalid AND pg_get_indexdef(i.indexrelid, 1, false) = 'task_id')
    THEN
        action := 'created';
        IF EXISTS (SELECT FROM pg_index AS i
                   JOIN pg_class AS c ON c.oid = i.indexrelid
                   WHERE i.indrelid = to_regclass(format('%s.tasker_core_steps', installation))
                       AND c.relname = 'tasker_core_steps_task_id_idx')
        THEN
            EXECUTE format('DROP INDEX %s.tasker_core_steps_task_id_idx', installation);
            action := 'replaced';
            detail := 'it was not valid, or of other columns';
        END IF;
        EXECUTE format('CREATE INDEX tasker_core_steps_task_id_idx ON %s.tasker_core_steps (task_id)', installation);
        EXECUTE format('COMMENT ON INDEX %s.tasker_core_steps_task_id_idx IS %L', installation,
                       'Serves: the side rows of the steps of given tasks.');
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_side_tables(regnamespace) IS
'Creates the side tables of an installation, gives them to the owner of tasker_workflow_steps and takes them from everybody else; a row for each.

Errors: 42P07 when a relation of that name is something else. Privileges: CREATE on the schema; membership in the owner of tasker_workflow_steps. Complexity: constant, the new tables are empty.';
