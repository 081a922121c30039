CREATE FUNCTION @extschema@._tasker_uninstall(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attached record;
    side_table text;
    view_name text;
    view_function regprocedure;
    problems text;
    is_current boolean := @extschema@._tasker_layout(installation)
                          = @extschema@._tasker_current_layout();
BEGIN
    PERFORM @extschema@._tasker_begin_change(installation);
    RETURN QUERY
        SELECT r.object, r.action, r.detail
        FROM @extschema@._tasker_restore_rails_functions(installation) AS r;

    IF NOT EXISTS (SELECT FROM pg_class AS c
                   WHERE c.relnamespace = installation
                       AND c.relname IN (SELECT e.table_name
                           FROM @extschema@._tasker_expected_side_columns() AS e))
        AND NOT EXISTS (SELECT FROM @extschema@._tasker_trigger_states(installation) AS s
                        WHERE s.condition NOT IN ('missing', 'foreign'))
    THEN
        RETURN;
    END IF;
    -- DROP TRIGGER needs this lock on each table: taken in order, and at once.
    PERFORM @extschema@._tasker_lock_tables(installation, 'ACCESS EXCLUSIVE');

    FOR attached IN
        SELECT s.table_name, s.trigger_name
        FROM @extschema@._tasker_trigger_states(installation) AS s
        WHERE s.condition NOT IN ('missing', 'foreign')
        ORDER BY s.table_name, s.trigger_name
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s.%I', attached.trigger_name, installation,
                       attached.table_name);
        object := format('trigger %I on %s.%I', attached.trigger_name, installation,
                         attached.table_name);
        action := 'removed';
        detail := '';
        RETURN NEXT;
    END LOOP;

    FOR view_name IN
        SELECT c.relname
        FROM @extschema@._tasker_expected_views(installation) AS e
        JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.view_name
            AND c.relkind = 'v'
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP VIEW %s.%I', installation, view_name);
        object := format('view %s.%I', installation, view_name);
        action := 'removed';
        detail := '';
        RETURN NEXT;
    END LOOP;

    IF EXISTS (SELECT FROM pg_class AS c
               WHERE c.relnamespace = installation AND c.relname = 'tasker_core_layout'
                   AND c.relkind = 'v')
    THEN
        EXECUTE format('DROP VIEW %s.tasker_core_layout', installation);
        object := format('view %s.tasker_core_layout', installation);
        action := 'removed';
        detail := '';
        RETURN NEXT;
    END IF;

    FOR view_function IN
        SELECT to_regprocedure(format('%s.%I(regclass)', installation, e.view_name))
        FROM @extschema@._tasker_expected_views(installation) AS e
    LOOP
        CONTINUE WHEN view_function IS NULL;
        EXECUTE format('DROP FUNCTION %s', view_function);
    END LOOP;

    FOR side_table IN
        SELECT DISTINCT e.table_name
        FROM @extschema@._tasker_expected_side_columns() AS e
        JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.table_name
        ORDER BY e.table_name
    LOOP
        object := format('table %s.%I', installation, side_table);
        SELECT string_agg(p.problem, '; ' ORDER BY p.problem)
            INTO problems
            FROM (SELECT s.problem
                  FROM @extschema@._tasker_side_table_problems(installation, side_table) AS s
                  WHERE s.is_blocking AND (is_current OR NOT s.is_addable)
                  UNION ALL
                  -- What is stored there would be lost.
                  SELECT format('column "%s" does not belong to it', a.attname)
                  FROM pg_attribute AS a
                  WHERE a.attrelid = to_regclass(format('%s.%I', installation, side_table))
                      AND a.attnum > 0 AND NOT a.attisdropped
                      AND NOT EXISTS (SELECT FROM @extschema@._tasker_expected_side_columns() AS e
                                      WHERE e.table_name = side_table
                                          AND e.column_name = a.attname)) AS p;
        IF problems IS NULL THEN
            EXECUTE format('DROP TABLE %s.%I', installation, side_table);
            action := 'removed';
            detail := '';
        ELSE
            action := 'differs';
            detail := format('left as it is: it is not a side table of this version of '
                             'tasker_core: %s', problems);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_uninstall(regnamespace) IS
'Does the work of tasker_uninstall() for a schema.

Errors, privileges, complexity: as tasker_uninstall().';
