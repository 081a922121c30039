CREATE FUNCTION @extschema@._tasker_view_states(installation regnamespace)
RETURNS TABLE (
    view_name      text,
    condition      text,     -- 'unsupported', 'missing', 'foreign', 'altered' or 'right'
    relation       regclass, -- what has the name; NULL: nothing
    has_columns    boolean,  -- the view has the expected columns, and the view and its
                             -- function belong to the owner of the tables
    result_columns text,
    told_table     text,
    query          text,     -- the body of the function from which the view selects
    meaning        text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT e.view_name,
           CASE WHEN current_setting('server_version_num')::integer < 150000 THEN 'unsupported'
                WHEN c.oid IS NULL THEN 'missing'
                WHEN c.relkind <> 'v' THEN 'foreign'
                WHEN obj_description(c.oid, 'pg_class')
                    = @extschema@._tasker_view_comment(installation, c.oid, e.query, e.meaning)
                    AND 'security_invoker=true' = ANY (c.reloptions)
                    -- With any other attribute the planner could not put the body in the place of
                    -- the call.
                    AND p.prosrc = e.query AND l.lanname = 'sql' AND p.provolatile = 's'
                        AND NOT p.proisstrict
                    AND NOT p.prosecdef AND p.proconfig IS NULL
                    AND c.relowner = t.relowner AND p.proowner = t.relowner THEN 'right'
                ELSE 'altered' END,
           c.oid::regclass,
          -- The owner of a view decides what it does to its readers, so views of other owners are
          -- created again.
           COALESCE(c.relowner = t.relowner AND p.proowner = t.relowner AND e.result_columns = (
               SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
                   ', ' ORDER BY a.attnum)
               FROM pg_attribute AS a
               WHERE a.attrelid = c.oid AND a.attnum > 0), false),
           e.result_columns, e.told_table, e.query, e.meaning
    FROM @extschema@._tasker_expected_views(installation) AS e
    LEFT JOIN pg_class AS t ON t.relnamespace = installation AND t.relname = 'tasker_workflow_steps'
    LEFT JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.view_name
    LEFT JOIN pg_proc AS p
        ON p.oid = to_regprocedure(format('%s.%I(regclass)', installation, e.view_name))
    LEFT JOIN pg_language AS l ON l.oid = p.prolang
$$;

COMMENT ON FUNCTION @extschema@._tasker_view_states(regnamespace) IS
'Returns the views that an installation should have, and whether they and their functions are as '
'this version of tasker_core made them.

Errors: none. Privileges: none. Complexity: constant.';
