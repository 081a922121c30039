CREATE FUNCTION @extschema@._tasker_install_views(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
-- A column that the application has dropped is the business of the doctor.
SET check_function_bodies = off
AS $$
DECLARE
    tables_owner regrole := (SELECT c.relowner FROM pg_class AS c
                             WHERE c.relnamespace = installation
                                 AND c.relname = 'tasker_workflow_steps');
    expected record;
    created regclass;
BEGIN
    FOR expected IN
        SELECT s.view_name, s.condition, s.has_columns, s.result_columns, s.told_table, s.query,
            s.meaning,
               format('%s.%I', installation, s.view_name) AS qualified
        FROM @extschema@._tasker_view_states(installation) AS s
        ORDER BY s.view_name
    LOOP
        object := format('view %s', expected.qualified);
        action := CASE expected.condition
            WHEN 'unsupported' THEN 'skipped'
            WHEN 'foreign' THEN 'differs'
            WHEN 'missing' THEN 'created'
            WHEN 'altered' THEN 'replaced'
            ELSE 'unchanged' END;
        detail := CASE expected.condition
            WHEN 'unsupported'
            THEN 'needs PostgreSQL 15: before it a view reads with the rights of its owner'
            WHEN 'foreign' THEN 'something that is no view has its name, and was left alone'
            ELSE '' END;
        RETURN NEXT;
        -- Replacing a view waits for its readers, so do it only if needed.
        CONTINUE WHEN expected.condition NOT IN ('missing', 'altered');
        IF NOT expected.has_columns AND expected.condition = 'altered' THEN
            EXECUTE format('DROP VIEW %s', expected.qualified);
        END IF;
        IF NOT expected.has_columns
            AND to_regprocedure(format('%s(regclass)', expected.qualified)) IS NOT NULL THEN
            EXECUTE format('DROP FUNCTION %s(regclass)', expected.qualified);
        END IF;
        EXECUTE format('CREATE OR REPLACE FUNCTION %s(regclass) RETURNS TABLE (%s) '
                       'LANGUAGE sql STABLE AS %L',
                       expected.qualified, expected.result_columns, expected.query);
        EXECUTE format('CREATE OR REPLACE VIEW %1$s WITH (security_invoker = true) AS SELECT * '
                       'FROM %1$s(%2$L::regclass) AS r',
                       expected.qualified, format('%s.%I', installation, expected.told_table));
        IF NOT expected.has_columns THEN
            EXECUTE format('ALTER FUNCTION %s(regclass) OWNER TO %s', expected.qualified,
                           tables_owner);
            EXECUTE format('ALTER VIEW %s OWNER TO %s', expected.qualified, tables_owner);
            -- The tables decide over who reads what. Where default privileges do not grant it:
            -- written down, it would be lost by a dump, which takes it for the default.
            IF NOT has_function_privilege('public',
                to_regprocedure(format('%s(regclass)', expected.qualified)), 'EXECUTE') THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s(regclass) TO PUBLIC',
                               expected.qualified);
            END IF;
            EXECUTE format('GRANT SELECT ON %s TO PUBLIC', expected.qualified);
        END IF;
        created := to_regclass(expected.qualified);
        EXECUTE format('COMMENT ON FUNCTION %s(regclass) IS %L', expected.qualified,
                       'Kept by tasker_core: the view of the same name selects from it. Its text '
                       'keeps no column of the Tasker tables from changing its type.');
        EXECUTE format('COMMENT ON VIEW %s IS %L', created,
                       @extschema@._tasker_view_comment(installation, created, expected.query,
                           expected.meaning));
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_views(regnamespace) IS
'Creates the views of an installation, which read with the caller''s rights, and their functions, '
'or restores their definitions; returns a row for each.

Errors: 2BP01 when something depends on a view that has other columns. Privileges: CREATE on the '
'schema; membership in the owner of tasker_workflow_steps. Complexity: constant. Waits for readers '
'of a view only if the view must be replaced.';
