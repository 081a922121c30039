CREATE FUNCTION @extschema@._tasker_side_table_findings(installation regnamespace)
RETURNS TABLE (
    check_name text,   -- side_table_altered: the table can be repaired in place;
                       -- side_table_foreign: it cannot
    side_table text,
    detail     text,
    fix        text    -- the command that keeps every row
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH found AS (
        SELECT t.side_table, bool_or(p.fix IS NULL) AS is_foreign,
               string_agg(p.problem, '; ' ORDER BY p.problem) AS detail,
               string_agg(p.fix, ' ' ORDER BY p.problem) AS fix
        FROM (SELECT DISTINCT e.table_name FROM @extschema@._tasker_expected_side_columns() AS e)
            AS t (side_table)
        CROSS JOIN LATERAL @extschema@._tasker_side_table_problems(installation, t.side_table) AS p
        WHERE p.is_blocking
        GROUP BY t.side_table
        -- In an installation of another layout, tasker_upgrade() adds columns.
        HAVING NOT bool_and(p.is_addable)
            OR @extschema@._tasker_layout(installation) = @extschema@._tasker_current_layout()
    ), foreign_ones AS (
        SELECT array_agg(f.side_table) AS side_tables, min(f.side_table) AS first_one
        FROM found AS f
        WHERE f.is_foreign
    )
    SELECT CASE WHEN f.is_foreign THEN 'side_table_foreign' ELSE 'side_table_altered' END,
           f.side_table, f.detail,
           CASE WHEN NOT f.is_foreign THEN f.fix
                -- All at once: installing needs each of them.
                WHEN f.side_table = o.first_one
                    THEN @extschema@._tasker_set_aside(installation, o.side_tables)
                ELSE format('-- the command for table %s.%I sets this one aside, too', installation,
                            o.first_one) END
    FROM found AS f
    CROSS JOIN foreign_ones AS o
    ORDER BY f.is_foreign, f.side_table
$$;

COMMENT ON FUNCTION @extschema@._tasker_side_table_findings(regnamespace) IS
'Returns the side tables that cannot be used as they are, with the commands that repair them, in '
'the order in which to run these.

Errors: none. Privileges: none. Complexity: reads the catalog rows of 17 tables.';
