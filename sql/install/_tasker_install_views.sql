CREATE FUNCTION @extschema@._tasker_install_views(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables_owner regrole := (SELECT c.relowner FROM pg_class AS c
                             WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps');
    expected record;
    present regclass;
BEGIN
    FOR expected IN
        SELECT e.view_name, e.query, e.meaning
        FROM @extschema@._tasker_expected_views(installation) AS e
        ORDER BY e.view_name
    LOOP
        object := format('view %s.%I', installation, expected.view_name);
        present := to_regclass(format('%s.%I', installation, expected.view_name));
        IF current_setting('server_version_num')::integer < 150000 THEN
            action := 'skipped';
            detail := 'needs PostgreSQL 15: before it a view reads with the rights of its owner';
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF present IS NOT NULL AND (SELECT c.relkind FROM pg_class AS c WHERE c.oid = present) <> 'v' THEN
            action := 'differs';
            detail := 'something that is no view has its name, and was left alone';
            RETURN NEXT;
            CONTINUE;
        END IF;
        -- The comment ends with what tells whether the view is still the one that we made: replacing it would wait for
        -- whoever reads it.
        detail := '';
        IF present IS NOT NULL
            AND obj_description(present, 'pg_class') = format('%s [%s]', expected.meaning, md5(expected.query || pg_get_viewdef(present)))
            AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = present AND 'security_invoker=true' = ANY (c.reloptions))
        THEN
            action := 'unchanged';
            RETURN NEXT;
            CONTINUE;
        END IF;
        EXECUTE format('CREATE OR REPLACE VIEW %s.%I WITH (security_invoker = true) AS %s',
                       installation, expected.view_name, expected.query);
        action := CASE WHEN present IS NULL THEN 'created' ELSE 'replaced' END;
        IF present IS NULL THEN
            EXECUTE format('ALTER VIEW %s.%I OWNER TO %s', installation, expected.view_name, tables_owner);
            -- The tables decide over who reads what.
            EXECUTE format('GRANT SELECT ON %s.%I TO PUBLIC', installation, expected.view_name);
        END IF;
        present := to_regclass(format('%s.%I', installation, expected.view_name));
        EXECUTE format('COMMENT ON VIEW %s IS %L', present,
                       format('%s [%s]', expected.meaning, md5(expected.query || pg_get_viewdef(present))));
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_views(regnamespace) IS
'Creates the views of an installation, which read with the rights of whoever asks, or puts their definitions right; a row for each.

Errors: 42P16 when a view of that name has other columns. Privileges: CREATE on the schema; membership in the owner of tasker_workflow_steps. Complexity: constant. Waits for whoever reads a view only if it has to be replaced.';
