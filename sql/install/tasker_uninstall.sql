CREATE FUNCTION @extschema@.tasker_uninstall(
    target_schema name DEFAULT NULL,
    verbose boolean DEFAULT false
)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    objects pg_catalog.text[];
    actions pg_catalog.text[];
    details pg_catalog.text[];
BEGIN
    IF tasker_uninstall.verbose THEN
        RETURN QUERY
            SELECT u.object, u.action, u.detail
            FROM @extschema@._tasker_uninstall(@extschema@._tasker_target_schema(target_schema))
                AS u;
        RETURN;
    END IF;
    SELECT pg_catalog.array_agg(u.object), pg_catalog.array_agg(u.action),
        pg_catalog.array_agg(u.detail)
        INTO objects, actions, details
        FROM @extschema@._tasker_uninstall(@extschema@._tasker_target_schema(target_schema)) AS u;
    RETURN QUERY
        SELECT s.object, s.action, s.detail
        FROM @extschema@._tasker_summary(objects, actions, details) AS s;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_uninstall(name, boolean) IS
'Undoes tasker_install() and tasker_replace_rails_functions(): restores the functions of the Rails '
'engine, and drops the triggers, the views and the side tables, with the priorities of tasks. The '
'13 Tasker tables and their data stay. No rows if nothing is installed. target_schema, verbose: as '
'for tasker_install().

action: removed, restored, unchanged (the function of a migration), or differs (a table has the '
'name of a side table but is not one; it stays).

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 in a '
'REPEATABLE READ or SERIALIZABLE transaction; 2BP01 when something depends on a wrapper, a view or '
'a side table. Privileges: ownership of the functions and tables. Complexity: constant, under '
'ACCESS EXCLUSIVE locks on the five Tasker tables that carry triggers.';
