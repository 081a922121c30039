CREATE FUNCTION @extschema@.tasker_restore_rails_functions(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
        SELECT r.object, r.action, r.detail
        FROM @extschema@._tasker_restore_rails_functions(@extschema@._tasker_target_schema(target_schema)) AS r;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_restore_rails_functions(name) IS
'Undoes tasker_replace_rails_functions(): drops the wrappers and gives the kept originals their names back. What a migration has put over a wrapper stays, and the older original is dropped. Also brings the originals back after DROP EXTENSION ... CASCADE and a new CREATE EXTENSION. No rows where nothing was replaced. target_schema: as for tasker_install().

action: restored, removed (a wrapper that had no original), or unchanged (what a migration has put there).

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 in a REPEATABLE READ or SERIALIZABLE transaction; 2BP01 when something depends on a wrapper, or on an original that a migration has superseded. Privileges: ownership of the functions and the view. Complexity: constant; no table is locked.';
