CREATE FUNCTION @extschema@.tasker_replace_rails_functions(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN QUERY
        SELECT r.object, r.action, r.detail
        FROM @extschema@._tasker_replace_rails_functions(
            @extschema@._tasker_target_schema(target_schema)) AS r;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_replace_rails_functions(name) IS
'Replaces functions of the Rails engine and its view tasker_step_dag_relationships by wrappers '
'that call this extension, with the same name, arguments, result, owner and grants. The originals '
'are kept under the name tasker_core_original_<name>, with everything that belongs to them. '
'tasker_restore_rails_functions() restores them, and so does ALTER FUNCTION ... RENAME. Views that '
'were created before the call still use the originals. You may run it again at any time. Run it '
'after a migration that creates these functions or the view: the new ones become the originals. '
'target_schema: as for tasker_install().

action: replaced, created (there was no such function), unchanged, or differs (a function that '
'returns something else was left as it is).

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 when nothing '
'is installed in it, or in a REPEATABLE READ or SERIALIZABLE transaction; 2BP01 when something '
'depends on an original that a migration has superseded. Privileges: CREATE on the schema, '
'ownership of the functions and the view. Complexity: constant; no table is locked.';
