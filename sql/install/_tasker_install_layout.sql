CREATE FUNCTION @extschema@._tasker_install_layout(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    view_name text := format('%s.tasker_core_layout', installation);
    tables_owner regrole := (
        SELECT c.relowner FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps');
    present "char" := (SELECT c.relkind FROM pg_class AS c
                       WHERE c.relnamespace = installation AND c.relname = 'tasker_core_layout');
    before integer := @extschema@._tasker_layout(installation);
    after integer := @extschema@._tasker_current_layout();
BEGIN
    object := format('view %s', view_name);
    action := 'unchanged';
    detail := '';
    IF before = after THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF present <> 'v' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_table',
            MESSAGE = format('relation "%s" exists, but is not a view', view_name),
            HINT = format('Run ALTER TABLE %s RENAME TO other_tasker_core_layout, '
                          'and install again.', view_name);
    END IF;
    action := 'created';
    IF before > 0 THEN
        action := 'replaced';
        detail := format('layout %s by layout %s', before, after);
    ELSIF present IS NOT NULL THEN
        -- The owner of a view decides what it does to its readers.
        EXECUTE format('DROP VIEW %s', view_name);
        action := 'replaced';
        detail := 'it did not belong to the owner of tasker_workflow_steps, or was altered';
    END IF;
    -- A view, not a row of a table: a dump of the structure alone keeps it, and replication, which
    -- copies rows to installations of other layouts, does not.
    EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s AS layout, %L::timestamp AS since',
                   view_name, after, (now() AT TIME ZONE 'UTC')::timestamp(0));
    IF before = 0 THEN
        EXECUTE format('ALTER VIEW %s OWNER TO %s', view_name, tables_owner);
        EXECUTE format('GRANT SELECT ON %s TO PUBLIC', view_name);
        EXECUTE format('COMMENT ON VIEW %s IS %L', view_name,
                       'Kept by tasker_core: which layout the tables of this schema have, and '
                       'since when (UTC). tasker_upgrade() brings them to that of a later '
                       'version.');
    END IF;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_layout(regnamespace) IS
'Writes down that an installation has the layout of this version; returns a row that says so.

Errors: 42P07 when something that is no view has the name; 2BP01 when something depends on a view '
'that must be dropped. Privileges: CREATE on the schema; membership in the owner of '
'tasker_workflow_steps. Complexity: constant.';
