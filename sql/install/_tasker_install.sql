CREATE FUNCTION @extschema@._tasker_install(installation regnamespace)
RETURNS TABLE (object text, action text, detail text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
DECLARE
    was_installed boolean;
    not_a_table text;
    problems text;
    fixes text;
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = format('tasker_core does not support databases with encoding "%s"',
                             current_setting('server_encoding')),
            HINT = 'Create a database with ENCODING ''UTF8'', and restore a dump of this one into '
                   'it.';
    END IF;
    PERFORM @extschema@._tasker_begin_change(installation);

    SELECT string_agg(DISTINCT format('%s.%I', installation, c.relname), ', ')
        INTO not_a_table
        FROM @extschema@._tasker_expected_columns() AS e
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = e.table_name AND c.relkind <> 'r';
    IF not_a_table IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s: not an ordinary table', not_a_table),
            HINT = 'Only ordinary tables can be adopted: no views, partitioned or foreign tables.';
    END IF;

    was_installed := to_regclass(format('%s.tasker_core_steps', installation)) IS NOT NULL;
    RETURN QUERY
        SELECT format('table %s.%I', installation, p.table_name),
               CASE WHEN was_installed THEN 'unchanged' ELSE 'adopted' END,
               ''
        FROM (SELECT DISTINCT e.table_name
              FROM @extschema@._tasker_expected_columns() AS e
              JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.table_name) AS p
        ORDER BY p.table_name;

    -- First of all: a table without the columns that others refer to would make creating those
    -- fail.
    SELECT string_agg(format('%s: %s', d.object, d.detail), E'\n' ORDER BY d.object),
           string_agg(d.fix, E'\n' ORDER BY d.object)
        INTO problems, fixes
        FROM @extschema@._tasker_column_differences(installation) AS d
        WHERE d.is_blocking;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('columns that tasker_core needs are missing or unsuitable in schema '
                             '"%s"',
                             (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = installation)),
            DETAIL = problems,
            HINT = format(E'Run the migrations of the Rails engine, or these commands, and install '
                          'again:\n%s', fixes);
    END IF;
    RETURN QUERY
        SELECT c.object, c.action, c.detail
        FROM @extschema@._tasker_create_tables(installation) AS c;

    -- From here to the commit, no session can change the tables or their rows.
    PERFORM @extschema@._tasker_lock_tables(installation,
        CASE WHEN EXISTS (SELECT FROM @extschema@._tasker_missing_side_columns(installation))
             THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);

    RETURN QUERY
        SELECT d.object, 'differs'::text, d.detail
        FROM (SELECT c.object, c.detail
            FROM @extschema@._tasker_column_differences(installation) AS c
              UNION ALL
              SELECT k.object, k.detail
              FROM @extschema@._tasker_constraint_differences(installation) AS k
              UNION ALL
              SELECT i.object, i.detail
              FROM @extschema@._tasker_index_differences(installation) AS i) AS d;

    RETURN QUERY
        SELECT s.object, s.action, s.detail
        FROM @extschema@._tasker_install_side_tables(installation) AS s;
    RETURN QUERY
        SELECT v.object, v.action, v.detail
        FROM @extschema@._tasker_install_views(installation) AS v;
    RETURN QUERY
        SELECT t.object, t.action, t.detail
        FROM @extschema@._tasker_install_triggers(installation) AS t;
    PERFORM @extschema@._tasker_require_sound(installation);
    RETURN QUERY
        SELECT f.object, f.action, f.detail
        FROM @extschema@._tasker_fill_side_tables(installation) AS f;
    RETURN QUERY
        SELECT l.object, l.action, l.detail
        FROM @extschema@._tasker_install_layout(installation) AS l;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_install(regnamespace) IS
'Does the work of tasker_install() for a schema.

Errors, privileges, complexity: as tasker_install().';
