CREATE FUNCTION @extschema@._tasker_install_triggers(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attached record;
BEGIN
    FOR attached IN
        SELECT s.table_name, s.trigger_name, s.condition, s.definition
        FROM @extschema@._tasker_trigger_states(installation) AS s
        ORDER BY s.table_name, s.trigger_name
    LOOP
        object := format('trigger %I on %s.%I', attached.trigger_name, installation,
                         attached.table_name);
        detail := '';
        IF attached.condition = 'foreign' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'duplicate_object',
                MESSAGE = format('trigger "%s" for relation "%s.%I" exists, but calls a function '
                                 'that does not belong to tasker_core',
                                 attached.trigger_name, installation, attached.table_name),
                HINT = 'Rename or drop it, and install again.';
        ELSIF attached.condition = 'right' THEN
            action := 'unchanged';
        ELSIF attached.condition = 'surplus' THEN
            EXECUTE format('DROP TRIGGER %I ON %s.%I', attached.trigger_name, installation,
                           attached.table_name);
            action := 'removed';
            detail := 'it called a function of the extension, but is none of its triggers';
        ELSE
            EXECUTE attached.definition;
            EXECUTE format('ALTER TABLE %s.%I ENABLE ALWAYS TRIGGER %I',
                           installation, attached.table_name, attached.trigger_name);
            EXECUTE format('COMMENT ON TRIGGER %I ON %s.%I IS %L',
                           attached.trigger_name, installation, attached.table_name,
                           'Kept by tasker_core: keeps its side rows equal to this table.');
            IF attached.condition = 'missing' THEN
                action := 'created';
            ELSE
                action := 'replaced';
                detail := format('it was %s', attached.condition);
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install_triggers(regnamespace) IS
'Creates the missing triggers of an installation, restores altered and disabled ones, and removes '
'surplus ones; returns a row for each. The tables must be locked.

Errors: 42710 when the name of a trigger is taken. Privileges: ownership of the tables. '
'Complexity: constant.';
