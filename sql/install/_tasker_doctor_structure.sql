CREATE FUNCTION @extschema@._tasker_doctor_structure(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH install AS (
        SELECT @extschema@._tasker_repair('tasker_install', installation) AS command
    ), side AS (
        SELECT t.side_table, to_regclass(format('%s.%I', installation, t.side_table)) AS relation
        FROM (SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_side_columns() AS e)
            AS t (side_table)
    ), tables_owner AS (
        SELECT c.relowner AS id
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relname = 'tasker_workflow_steps'
    )
    SELECT 'error', 'missing_table', format('table %s.%I', installation, t.table_name),
           CASE WHEN c.oid IS NULL THEN 'a table of Tasker is missing'
                ELSE 'something that is no ordinary table has the name of a table of Tasker' END,
           CASE WHEN c.oid IS NULL THEN i.command
                ELSE format('ALTER TABLE %s.%I RENAME TO %I; %s', installation, t.table_name,
                            'other_' || t.table_name, i.command) END
        FROM install AS i
        CROSS JOIN (SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_columns() AS e)
            AS t
        LEFT JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = t.table_name
        WHERE c.relkind IS DISTINCT FROM 'r'
    UNION ALL
    SELECT 'warning', 'table_inherited', format('table %s.%I', installation, c.relname),
           format('table %s inherits from it: queries find its rows too, but no trigger follows '
                  'them and no index or foreign key knows them, so that its tasks and steps can '
                  'never run', h.inhrelid::regclass),
           format('ALTER TABLE %s NO INHERIT %s.%I; %s', h.inhrelid::regclass, installation,
                  c.relname, i.command)
        FROM install AS i
        CROSS JOIN (SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_columns() AS e)
            AS t
        JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = t.table_name
            AND c.relkind = 'r'
        JOIN pg_inherits AS h ON h.inhparent = c.oid
    UNION ALL
    SELECT CASE WHEN d.is_blocking THEN 'error' ELSE 'warning' END, 'column_differs', d.object,
           d.detail, d.fix
    FROM @extschema@._tasker_column_differences(installation) AS d
    UNION ALL
    SELECT 'warning', 'constraint_differs', d.object, d.detail, d.fix
    FROM @extschema@._tasker_constraint_differences(installation) AS d
    UNION ALL
    SELECT CASE WHEN d.is_unprotected THEN 'error' ELSE 'warning' END, 'index_differs', d.object,
           d.detail, d.fix
    FROM @extschema@._tasker_index_differences(installation) AS d
    UNION ALL
    SELECT CASE WHEN s.condition = 'surplus' THEN 'warning' ELSE 'error' END,
           'trigger_' || s.condition,
           format('trigger %I on %s.%I', s.trigger_name, installation, s.table_name),
           CASE s.condition
               WHEN 'missing' THEN 'the trigger is missing: side rows become out of date'
               WHEN 'disabled' THEN 'the trigger is not ENABLE ALWAYS: side rows become out of date'
               WHEN 'altered'
               THEN 'the trigger has another definition than this version of tasker_core gives it'
               WHEN 'surplus'
               THEN 'the trigger calls a function of tasker_core, but is none of its triggers'
               ELSE 'another trigger has the name of a trigger of tasker_core' END,
           CASE WHEN s.condition = 'foreign'
                THEN format('ALTER TRIGGER %I ON %s.%I RENAME TO %I; %s', s.trigger_name,
                            installation,
                            s.table_name, 'other_' || s.trigger_name, i.command)
                ELSE i.command END
        FROM @extschema@._tasker_trigger_states(installation) AS s
        CROSS JOIN install AS i
        WHERE s.condition <> 'right'
            AND EXISTS (SELECT FROM pg_class AS c
                        WHERE c.relnamespace = installation AND c.relname = s.table_name
                            AND c.relkind = 'r')
    UNION ALL
    SELECT 'warning', 'view_' || s.condition, format('view %s.%I', installation, s.view_name),
           CASE s.condition
               WHEN 'missing' THEN 'the view is missing'
               WHEN 'altered'
               THEN 'the view has another definition, comment or option than this version of '
                    'tasker_core gives it'
               ELSE 'something that is no view has the name of one of tasker_core' END,
           CASE WHEN s.condition = 'foreign'
                THEN format('ALTER TABLE %s RENAME TO %I; %s', s.relation, 'other_' || s.view_name,
                            i.command)
                ELSE i.command END
        FROM @extschema@._tasker_view_states(installation) AS s
        CROSS JOIN install AS i
        WHERE s.condition NOT IN ('right', 'unsupported')
    UNION ALL
    SELECT 'error', 'side_table_missing', format('table %s.%I', installation, s.side_table),
           'the side table is missing', i.command
        FROM side AS s
        CROSS JOIN install AS i
        WHERE s.relation IS NULL
    UNION ALL
    SELECT 'error', f.check_name, format('table %s.%I', installation, f.side_table), f.detail, f.fix
    FROM @extschema@._tasker_side_table_findings(installation) AS f
    UNION ALL
    SELECT 'warning', 'side_table_extended', format('table %s.%I', installation, s.side_table),
           p.problem, p.fix
    FROM side AS s
        CROSS JOIN LATERAL @extschema@._tasker_side_table_problems(installation, s.side_table) AS p
        WHERE NOT p.is_blocking
    UNION ALL
    SELECT 'warning', 'side_index_missing', format('index %s.%I', installation, m.index_name),
           format('no index of %I on (%s)', m.table_name, m.column_list), i.command
        FROM @extschema@._tasker_missing_side_indexes(installation) AS m
        CROSS JOIN install AS i
    UNION ALL
    SELECT 'error', 'side_table_owner', format('table %s.%I', installation, s.side_table),
           format('it belongs to %s, while tasker_workflow_steps belongs to %s',
                  c.relowner::regrole, o.id::regrole),
           format('ALTER TABLE %s OWNER TO %s;', s.relation, o.id::regrole)
        FROM side AS s
        CROSS JOIN tables_owner AS o
        JOIN pg_class AS c ON c.oid = s.relation AND c.relowner <> o.id
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_structure(regnamespace) IS
'Returns the problems that tasker_doctor() finds in tables, columns, constraints, indexes, '
'triggers, views and side tables.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 22 tables.';
