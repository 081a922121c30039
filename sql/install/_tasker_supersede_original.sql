CREATE FUNCTION @extschema@._tasker_supersede_original(present_id oid, kept_id oid)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF obj_description(present_id, 'pg_proc') = @extschema@._tasker_wrapper_comment() THEN
        EXECUTE format('COMMENT ON FUNCTION %s IS %L', present_id::regprocedure,
                       obj_description(kept_id, 'pg_proc'));
    END IF;
    IF kept_id IS NOT NULL THEN
        EXECUTE format('DROP FUNCTION %s', kept_id::regprocedure);
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_supersede_original(oid, oid) IS
'Gives a function that a migration has put over our wrapper, and which wears our comment, that of the kept original, and drops this; kept_id: NULL when there was no original.

Errors: 2BP01 when something depends on the kept original. Privileges: ownership of both. Complexity: constant.';
