CREATE FUNCTION @extschema@._tasker_drop_kept_original(present_id oid, kept_id oid)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF obj_description(present_id, 'pg_proc') = @extschema@._tasker_wrapper_comment() THEN
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', present_id::regprocedure,
                       obj_description(kept_id, 'pg_proc'));
    END IF;
    EXECUTE format('DROP FUNCTION %s', kept_id::regprocedure);
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_drop_kept_original(oid, oid) IS
'Drops a kept original that a migration has superseded by overwriting our wrapper, and gives its comment to the function of the migration, which wears ours.

Errors: 2BP01 when something depends on the kept original. Privileges: ownership of both. Complexity: constant.';
