CREATE FUNCTION @extschema@.tasker_restore_rails_functions(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
        SELECT r.object, r.action, r.detail
        FROM @extschema@._tasker_restore_rails_functions(
            @extschema@._tasker_target_schema(target_schema)) AS r;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_restore_rails_functions(name) IS
'Undoes tasker_replace_rails_functions(): drops the wrappers and gives the kept originals their '
'names back. A function that a migration has written over a wrapper stays, and the older original '
'is dropped. It also restores the originals after DROP EXTENSION ... CASCADE and a new CREATE '
'EXTENSION. No rows if nothing was replaced. target_schema: as for tasker_install().

action: restored, removed (a wrapper without an original), or unchanged (a function of a migration).

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 in a '
'REPEATABLE READ or SERIALIZABLE transaction; 2BP01 when something depends on a wrapper, or on an '
'original that a migration has superseded. Privileges: ownership of the functions and the view. '
'Complexity: constant; no table is locked.';
