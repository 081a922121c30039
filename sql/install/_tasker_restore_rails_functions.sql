CREATE FUNCTION @extschema@._tasker_restore_rails_functions(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present record;
BEGIN
    PERFORM @extschema@._tasker_begin_change(installation);
    FOR present IN
        SELECT s.kind, s.catalog_name, s.object_name, s.signature, s.kept_signature, s.present_id,
            s.kept_id,
               s.is_wrapper
        FROM @extschema@._tasker_rails_object_states(installation) AS s
        WHERE s.is_wrapper OR s.kept_id IS NOT NULL
            OR obj_description(s.present_id, s.catalog_name::name)
                = @extschema@._tasker_wrapper_comment()
    LOOP
        object := format('%s %s', present.kind, present.signature);
        IF present.present_id IS NOT NULL AND NOT present.is_wrapper THEN
            PERFORM @extschema@._tasker_supersede_original(
                present.kind, present.catalog_name, present.signature, present.present_id,
                present.kept_signature, present.kept_id);
            action := 'unchanged';
            detail := format('a migration had overwritten the wrapper: its %s stays', present.kind)
                      || CASE WHEN present.kept_id IS NULL THEN ''
                              ELSE ', and the older original is dropped' END;
        ELSE
            IF present.is_wrapper THEN
                EXECUTE format('DROP %s %s', present.kind, present.signature);
                action := 'removed';
                detail := 'there was no original';
            END IF;
            IF present.kept_id IS NOT NULL THEN
                EXECUTE format('ALTER %s %s RENAME TO %I', present.kind, present.kept_signature,
                               present.object_name);
                action := 'restored';
                detail := '';
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_restore_rails_functions(regnamespace) IS
'Does the work of tasker_restore_rails_functions() for a schema.

Errors, privileges, complexity: as tasker_restore_rails_functions().';
