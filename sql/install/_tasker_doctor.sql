CREATE FUNCTION @extschema@._tasker_doctor(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
-- Its estimates are high, and compiling takes longer than what it finds.
SET jit = off
AS $$
DECLARE
    is_sound boolean := true;
BEGIN
    IF to_regclass(format('%s.tasker_workflow_steps', installation)) IS NULL
        OR NOT EXISTS (SELECT FROM pg_class AS c
                       WHERE c.relnamespace = installation
                           AND c.relname IN (SELECT e.table_name
                               FROM @extschema@._tasker_expected_side_columns() AS e))
    THEN
        RETURN QUERY VALUES ('error', 'not_installed', format('schema %s', installation),
                             'tasker_core is not installed in this schema',
                             @extschema@._tasker_repair('tasker_install', installation));
        RETURN;
    END IF;

    FOR severity, check_name, object, detail, fix IN
        SELECT s.severity, s.check_name, s.object, s.detail, s.fix
        FROM @extschema@._tasker_doctor_layout(installation) AS s
        -- Installing, which most fixes do, needs sound tables.
        ORDER BY s.severity,
                 CASE s.check_name WHEN 'column_differs' THEN 0 WHEN 'side_table_altered' THEN 1
                                   WHEN 'side_table_foreign' THEN 2
                                   WHEN 'installation_outdated' THEN 3
                                   WHEN 'installation_newer' THEN 3 ELSE 4 END,
                 s.check_name, s.object, s.detail
    LOOP
        is_sound := is_sound AND severity <> 'error';
        RETURN NEXT;
    END LOOP;
    RETURN QUERY
        SELECT f.severity, f.check_name, f.object, f.detail, f.fix
        FROM @extschema@._tasker_doctor_functions(installation) AS f
        ORDER BY f.check_name, f.object;
    RETURN QUERY
        SELECT a.severity, a.check_name, a.object, a.detail, a.fix
        FROM @extschema@._tasker_doctor_access(installation) AS a
        ORDER BY a.check_name, a.object, a.detail;

    -- Rows can only be looked at where the tables have the shape for it, and as their owner.
    IF (is_sound OR @extschema@._tasker_structure_damage(installation) IS NULL)
        AND NOT EXISTS (SELECT FROM @extschema@._tasker_doctor_access(installation) AS a
                        WHERE a.check_name = 'owner_cannot_read')
    THEN
        RETURN QUERY
            SELECT r.severity, r.check_name, r.object, r.detail, r.fix
            FROM @extschema@._tasker_doctor_rows(installation) AS r;
    END IF;

    RETURN QUERY
        SELECT i.severity, i.check_name, i.object, i.detail, i.fix
        FROM @extschema@._tasker_doctor_indexes(installation) AS i;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor(regnamespace) IS
'Does the work of tasker_doctor() for a schema.

Errors, privileges, complexity: as tasker_doctor().';
