CREATE FUNCTION @extschema@._tasker_require_sound(installation regnamespace)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    damage text := @extschema@._tasker_structure_damage(installation);
BEGIN
    -- An object of another role (a view, a trigger of a side table) would
    -- run with the rights of the caller.
    IF damage IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the Tasker installation in schema "%s" is damaged',
                             (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = installation)),
            DETAIL = damage,
            HINT = format('To see how to repair it, run %s',
                          @extschema@._tasker_repair('tasker_doctor', installation));
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_require_sound(regnamespace) IS
'Raises an error unless the tables of an installation are as the extension made or adopted them; '
'the tables must be locked.

Errors: 55000. Privileges: none. Complexity: reads the catalog rows of 15 tables.';
