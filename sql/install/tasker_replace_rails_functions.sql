CREATE FUNCTION @extschema@.tasker_replace_rails_functions(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
        SELECT r.object, r.action, r.detail
        FROM @extschema@._tasker_replace_rails_functions(@extschema@._tasker_target_schema(target_schema)) AS r;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_replace_rails_functions(name) IS
'Puts wrappers, which call this extension, in the place of functions of the Rails engine and of its view tasker_step_dag_relationships: same name, arguments, result, owner and grants. The originals are kept under the name tasker_core_original_<name>, with all that belongs to them; tasker_restore_rails_functions() brings them back, and so does ALTER FUNCTION ... RENAME. What was created with a body or a view that names an original goes on calling it. May be run again at any time, and should be after a migration that creates these functions or the view: what it created becomes the original. target_schema: as for tasker_install().

action: replaced, created (there was nothing of that name), unchanged, or differs (one that returns something else was left alone).

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 when nothing is installed in it, or in a REPEATABLE READ or SERIALIZABLE transaction; 2BP01 when something depends on an original that a migration has superseded. Privileges: CREATE on the schema, ownership of the functions and the view. Complexity: constant; no table is locked.';
