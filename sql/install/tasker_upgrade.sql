CREATE FUNCTION @extschema@.tasker_upgrade(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    installation pg_catalog.regnamespace := @extschema@._tasker_target_schema(target_schema);
BEGIN
    PERFORM @extschema@._tasker_begin_change(installation);
    PERFORM @extschema@._tasker_require_installed(installation);
    IF @extschema@._tasker_layout(installation)
        OPERATOR(pg_catalog.=) @extschema@._tasker_current_layout()
    THEN
        object := pg_catalog.format('view %s.tasker_core_layout', installation);
        action := 'unchanged';
        detail := pg_catalog.format('layout %s', @extschema@._tasker_current_layout());
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT i.object, i.action, i.detail
        FROM @extschema@._tasker_install(installation) AS i
        WHERE i.action OPERATOR(pg_catalog.<>) ALL (ARRAY['unchanged', 'differs', 'skipped']);
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_upgrade(name) IS
'Brings an installation to the layout of this version of the extension, as tasker_install() does, '
'and returns a row for each object that it changed. Run it in each installation after ALTER '
'EXTENSION tasker_core UPDATE. It does nothing in an installation that has the layout. '
'target_schema: as for tasker_install().

Errors: as tasker_install(), among them 3F000 when there is no such schema; 55000 when nothing is '
'installed in it. Privileges: as tasker_install(). Complexity: as tasker_install(), and constant '
'if there is nothing to do. If it adds a column, readers wait as well.';
