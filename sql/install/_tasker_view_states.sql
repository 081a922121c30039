CREATE FUNCTION @extschema@._tasker_view_states(installation regnamespace)
RETURNS TABLE (
    view_name text,
    condition text,     -- 'unsupported', 'missing', 'foreign', 'altered' or 'right'
    relation  regclass, -- what has the name; NULL: nothing
    query     text,     -- what the view consists of
    meaning   text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT e.view_name,
           CASE WHEN current_setting('server_version_num')::integer < 150000 THEN 'unsupported'
                WHEN c.oid IS NULL THEN 'missing'
                WHEN c.relkind <> 'v' THEN 'foreign'
                WHEN obj_description(c.oid, 'pg_class') = @extschema@._tasker_view_comment(installation, c.oid, e.query, e.meaning)
                    AND 'security_invoker=true' = ANY (c.reloptions) THEN 'right'
                ELSE 'altered' END,
           c.oid::regclass, e.query, e.meaning
    FROM @extschema@._tasker_expected_views(installation) AS e
    LEFT JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.view_name
$$;

COMMENT ON FUNCTION @extschema@._tasker_view_states(regnamespace) IS
'The views that an installation should have, and whether they are what this version of tasker_core made them.

Errors: none. Privileges: none. Complexity: constant.';
