CREATE FUNCTION @extschema@._tasker_install_views(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables_owner regrole := (SELECT c.relowner FROM pg_class AS c
                             WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps');
    expected record;
    created regclass;
BEGIN
    FOR expected IN
        SELECT s.view_name, s.condition, s.query, s.meaning
        FROM @extschema@._tasker_view_states(installation) AS s
        ORDER BY s.view_name
    LOOP
        object := format('view %s.%I', installation, expected.view_name);
        action := CASE expected.condition
            WHEN 'unsupported' THEN 'skipped'
            WHEN 'foreign' THEN 'differs'
            WHEN 'missing' THEN 'created'
            WHEN 'altered' THEN 'replaced'
            ELSE 'unchanged' END;
        detail := CASE expected.condition
            WHEN 'unsupported' THEN 'needs PostgreSQL 15: before it a view reads with the rights of its owner'
            WHEN 'foreign' THEN 'something that is no view has its name, and was left alone'
            ELSE '' END;
        RETURN NEXT;
        -- Replacing a view that is right would wait for whoever reads it.
        CONTINUE WHEN expected.condition NOT IN ('missing', 'altered');
        EXECUTE format('CREATE OR REPLACE VIEW %s.%I WITH (security_invoker = true) AS %s',
                       installation, expected.view_name, expected.query);
        IF expected.condition = 'missing' THEN
            EXECUTE format('ALTER VIEW %s.%I OWNER TO %s', installation, expected.view_name, tables_owner);
            -- The tables decide over who reads what.
            EXECUTE format('GRANT SELECT ON %s.%I TO PUBLIC', installation, expected.view_name);
        END IF;
        created := to_regclass(format('%s.%I', installation, expected.view_name));
        EXECUTE format('COMMENT ON VIEW %s IS %L', created,
                       @extschema@._tasker_view_comment(installation, created, expected.query, expected.meaning));
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_views(regnamespace) IS
'Creates the views of an installation, which read with the rights of whoever asks, or puts their definitions right; a row for each.

Errors: 42P16 when a view of that name has other columns. Privileges: CREATE on the schema; membership in the owner of tasker_workflow_steps. Complexity: constant. Waits for whoever reads a view only if it has to be replaced.';
