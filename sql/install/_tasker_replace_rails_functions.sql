CREATE FUNCTION @extschema@._tasker_replace_rails_functions(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present record;
    tables_owner regrole;
BEGIN
    PERFORM @extschema@._tasker_begin_change(installation);
    PERFORM @extschema@._tasker_require_installed(installation);
    SELECT c.relowner
        INTO tables_owner
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps';

    FOR present IN
        SELECT s.kind, s.catalog_name, s.object_name, s.signature, s.kept_signature, s.present_id,
            s.kept_id,
               s.is_wrapper, s.is_right_wrapper, s.is_replaceable, s.present_result, s.definition
        FROM @extschema@._tasker_rails_object_states(installation) AS s
    LOOP
        object := format('%s %s', present.kind, present.signature);
        detail := '';
        IF present.is_right_wrapper THEN
            action := 'unchanged';
            RETURN NEXT;
            CONTINUE;
        ELSIF NOT present.is_replaceable AND NOT present.is_wrapper THEN
            action := 'differs';
            detail := format('left as it is: it returns %s, which the wrapper does not',
                             present.present_result);
            RETURN NEXT;
            CONTINUE;
        END IF;

        IF present.is_wrapper THEN
            action := 'replaced';
            detail := 'the wrapper was altered';
        ELSIF present.present_id IS NOT NULL THEN
            action := 'replaced';
            detail := format('the original is kept as %s', present.kept_signature);
            PERFORM @extschema@._tasker_supersede_original(
                present.kind, present.catalog_name, present.signature, present.present_id,
                present.kept_signature, present.kept_id);
            IF present.kept_id IS NOT NULL THEN
                detail := format('a migration had overwritten the wrapper: its %s is kept as %s, '
                                 'and the older original is dropped',
                                 present.kind, present.kept_signature);
            END IF;
            EXECUTE format('ALTER %s %s RENAME TO %I', present.kind, present.signature,
                           'tasker_core_original_' || present.object_name);
        ELSE
            action := 'created';
            detail := CASE WHEN present.kept_id IS NULL THEN 'there was no original'
                           ELSE format('the original is kept as %s', present.kept_signature) END;
        END IF;

        EXECUTE present.definition;
        IF NOT present.is_wrapper THEN
            IF COALESCE(present.present_id, present.kept_id) IS NOT NULL THEN
                PERFORM @extschema@._tasker_copy_access(
                    present.kind, COALESCE(present.present_id, present.kept_id),
                    CASE present.kind WHEN 'view' THEN to_regclass(present.signature)::oid
                                      ELSE to_regprocedure(present.signature)::oid END,
                    present.signature);
            ELSIF tables_owner <> to_regrole(quote_ident(current_user)) THEN
                EXECUTE format('ALTER %s %s OWNER TO %s', present.kind, present.signature,
                               tables_owner);
            END IF;
        END IF;
        EXECUTE format('COMMENT ON %s %s IS %L', present.kind, present.signature,
                       @extschema@._tasker_wrapper_comment());
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_replace_rails_functions(regnamespace) IS
'Does the work of tasker_replace_rails_functions() for a schema.

Errors, privileges, complexity: as tasker_replace_rails_functions().';
