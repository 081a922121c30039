CREATE FUNCTION @extschema@._tasker_supersede_original(
    kind text,
    catalog_name text,
    signature text,
    present_id oid,
    kept_signature text,
    kept_id oid
)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF obj_description(present_id, catalog_name::name) = @extschema@._tasker_wrapper_comment() THEN
        EXECUTE format('COMMENT ON %s %s IS %L', kind, signature,
                       obj_description(kept_id, catalog_name::name));
    END IF;
    IF kept_id IS NOT NULL THEN
        EXECUTE format('DROP %s %s', kind, kept_signature);
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_supersede_original(text, text, text, oid, text, oid) IS
'Gives the comment of the kept original to a function or view that a migration has written over '
'the wrapper (it still has the wrapper''s comment), and drops the original. kept_id: NULL when '
'there was no original. The other arguments are columns of _tasker_rails_object_states().

Errors: 2BP01 when something depends on the kept original. Privileges: ownership of both. '
'Complexity: constant.';
