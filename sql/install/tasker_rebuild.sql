CREATE FUNCTION @extschema@.tasker_rebuild(target_schema name DEFAULT NULL)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    installation pg_catalog.regnamespace := @extschema@._tasker_target_schema(target_schema);
BEGIN
    PERFORM @extschema@._tasker_begin_change(installation);
    PERFORM @extschema@._tasker_require_installed(installation);
    PERFORM @extschema@._tasker_lock_tables(installation, 'SHARE ROW EXCLUSIVE');
    PERFORM @extschema@._tasker_require_sound(installation);
    RETURN QUERY
        SELECT f.object, f.action, f.detail
        FROM @extschema@._tasker_fill_side_tables(installation) AS f;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_rebuild(name) IS
'Corrects the side rows of an installation from its Tasker tables, and returns how many were '
'wrong; priorities stay. Steps and deadlines that should have a hint or a timer, and have none, '
'get one. You need it only if tasker_doctor() reports drift, step_not_queued or '
'deadline_not_queued. target_schema: as for tasker_install().

action: backfilled or unchanged.

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 when nothing '
'is installed in it, when a table of it is missing or altered (DETAIL lists the problems), or in a '
'REPEATABLE READ or SERIALIZABLE transaction. Privileges: ownership of the tables. Complexity: one '
'pass over tasks, steps, edges and transitions, which are locked SHARE ROW EXCLUSIVE (readers go '
'on, writers wait) until the transaction ends.';
