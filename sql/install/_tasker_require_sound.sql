CREATE FUNCTION @extschema@._tasker_require_sound(installation regnamespace)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    damage text := @extschema@._tasker_structure_damage(installation);
    is_behind boolean;
BEGIN
    -- An object of another role (a view, a trigger of a side table) would
    -- run with the rights of the caller.
    IF damage IS NOT NULL THEN
        is_behind := EXISTS (
            SELECT FROM @extschema@._tasker_doctor_layout(installation) AS s
            WHERE s.severity = 'error'
                AND s.check_name IN ('installation_outdated', 'installation_newer'));
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format(
                CASE WHEN is_behind
                     THEN 'the Tasker installation in schema "%s" has another layout than this '
                          'version of tasker_core'
                     ELSE 'the Tasker installation in schema "%s" is damaged' END,
                (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = installation)),
            DETAIL = damage,
            HINT = CASE WHEN is_behind
                        THEN format('Run %s',
                                    @extschema@._tasker_repair('tasker_upgrade', installation))
                        ELSE format('To see how to repair it, run %s',
                                    @extschema@._tasker_repair('tasker_doctor', installation)) END;
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_require_sound(regnamespace) IS
'Raises an error unless the tables of an installation are as the extension made or adopted them; '
'the tables must be locked.

Errors: 55000. Privileges: none. Complexity: reads the catalog rows of 15 tables.';
