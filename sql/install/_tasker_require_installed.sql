CREATE FUNCTION @extschema@._tasker_require_installed(installation regnamespace)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass(format('%s.tasker_workflow_steps', installation)) IS NULL
        OR to_regclass(format('%s.tasker_core_steps', installation)) IS NULL
        OR to_regclass(format('%s.tasker_core_tasks', installation)) IS NULL
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('tasker_core is not installed in schema "%s"',
                             (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = installation)),
            HINT = format('Run %s', @extschema@._tasker_repair('tasker_install', installation));
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_require_installed(regnamespace) IS
'Raises an error unless the schema is an installation.

Errors: 55000. Privileges: none. Complexity: three catalog look-ups.';
