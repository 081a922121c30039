CREATE FUNCTION @extschema@._tasker_doctor_layout(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH layout AS (
        SELECT @extschema@._tasker_layout(installation) AS present,
               @extschema@._tasker_current_layout() AS current
    ), found AS (
        SELECT s.severity, s.check_name, s.object, s.detail, s.fix
        FROM @extschema@._tasker_doctor_structure(installation) AS s
    ), upgraded AS (
        -- What a later layout may have brought, and tasker_upgrade() brings.
        SELECT f.severity, f.object
        FROM found AS f
        WHERE f.check_name IN ('side_table_missing', 'side_index_missing', 'trigger_missing',
                               'trigger_altered', 'trigger_surplus', 'view_missing', 'view_altered')
        UNION ALL
        SELECT 'error', format('column %s.%I.%I', installation, m.table_name, m.column_name)
        FROM @extschema@._tasker_missing_side_columns(installation) AS m
    )
    SELECT f.severity, f.check_name, f.object, f.detail, f.fix
    FROM found AS f
    CROSS JOIN layout AS l
    WHERE l.present = l.current OR f.object NOT IN (SELECT u.object FROM upgraded AS u)
    UNION ALL
    SELECT CASE WHEN bool_or(u.severity = 'error') THEN 'error' ELSE 'warning' END,
           CASE WHEN l.present < l.current THEN 'installation_outdated'
                ELSE 'installation_newer' END,
           format('schema %s', installation),
           format('it has %s, and this version of tasker_core makes layout %s',
                  CASE WHEN l.present > 0 THEN format('layout %s', l.present)
                       ELSE 'no layout in a view tasker_core_layout' END, l.current)
               || COALESCE('; missing or different: '
                           || string_agg(u.object, ', ' ORDER BY u.object), ''),
           @extschema@._tasker_repair('tasker_upgrade', installation)
    FROM layout AS l
    LEFT JOIN upgraded AS u ON true
    WHERE l.present <> l.current
    GROUP BY l.present, l.current
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_layout(regnamespace) IS
'Returns the problems of _tasker_doctor_structure(). If the installation has another layout than '
'the functions, one row stands for everything that tasker_upgrade() adds or replaces.

Errors: none. Privileges: none. Complexity: that of _tasker_doctor_structure().';
