CREATE FUNCTION @extschema@._tasker_doctor_access(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH side AS (
        SELECT c.oid, c.relname, c.relowner, c.relacl
        FROM pg_class AS c
        WHERE c.relnamespace = installation
            AND c.relname IN (SELECT e.table_name
                FROM @extschema@._tasker_expected_side_columns() AS e)
    ), tables AS (
        SELECT c.oid, c.relname AS table_name, c.relowner, n.is_side,
               EXISTS (SELECT FROM @extschema@._tasker_expected_triggers() AS e
                   WHERE e.table_name = n.table_name) AS is_followed,
               (SELECT s.relowner FROM pg_class AS s
                WHERE s.relnamespace = installation
                    AND s.relname = 'tasker_workflow_steps') AS tables_owner
        FROM (SELECT e.table_name, false AS is_side FROM @extschema@._tasker_expected_columns() AS e
              UNION
              SELECT e.table_name, true FROM @extschema@._tasker_expected_side_columns() AS e) AS n
        JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = n.table_name
            AND c.relkind = 'r'
    )
    SELECT 'warning', 'schema_usage', format('role %s', r.oid::regrole),
           format('it may read the Tasker tables in schema %s, but lacks USAGE on schema %s',
                  installation, '@extschema@'),
           format('GRANT USAGE ON SCHEMA %s TO %s;', '@extschema@', r.oid::regrole)
        FROM pg_roles AS r
        WHERE NOT starts_with(r.rolname, 'pg_')
            AND has_table_privilege(r.oid, format('%s.tasker_workflow_steps', installation),
                                    'SELECT')
            AND NOT has_schema_privilege(r.oid, to_regnamespace('@extschema@'), 'USAGE')
    UNION ALL
    SELECT 'error', 'owner_cannot_read', format('schema %s', installation),
           format('%s, who owns the side tables, lacks USAGE on it', o.relowner::regrole),
           format('GRANT USAGE ON SCHEMA %s TO %s;', installation, o.relowner::regrole)
        FROM (SELECT DISTINCT s.relowner FROM side AS s) AS o
        WHERE NOT has_schema_privilege(o.relowner, installation, 'USAGE')
    UNION ALL
    SELECT 'error', 'owner_cannot_read', format('table %s.%I', installation, t.relname),
           format('%s, who owns the side tables, may not read it', o.relowner::regrole),
           format('GRANT SELECT ON TABLE %s.%I TO %s;', installation, t.relname,
                  o.relowner::regrole)
        FROM (SELECT DISTINCT s.relowner FROM side AS s) AS o
        CROSS JOIN pg_class AS t
        WHERE t.relnamespace = installation AND t.relkind = 'r'
            AND t.relname IN (SELECT e.table_name FROM @extschema@._tasker_expected_columns() AS e
                WHERE e.is_needed)
            AND NOT has_table_privilege(o.relowner, t.oid, 'SELECT')
    UNION ALL
    SELECT 'warning', 'side_table_writer', format('table %s.%I', installation, s.relname),
           format('%s may write it, past the triggers: %s', g.grantee, g.privileges),
           format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON TABLE %s.%I FROM %s;',
                  installation, s.relname, g.grantee)
        FROM side AS s
        CROSS JOIN LATERAL (
            SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                        ELSE a.grantee::regrole::text END AS grantee,
                   string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
            FROM aclexplode(s.relacl) AS a
            WHERE a.grantee <> s.relowner
                AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
            GROUP BY a.grantee) AS g
    UNION ALL
    -- The trigger functions work for tables of the owner of the side tables, and of superusers.
    SELECT CASE WHEN r.rolsuper OR NOT t.is_followed THEN 'warning' ELSE 'error' END, 'table_owner',
           format('table %s.%I', installation, t.table_name),
           format('it belongs to %s, while tasker_workflow_steps belongs to %s',
                  t.relowner::regrole, t.tables_owner::regrole),
           format('ALTER TABLE %s.%I OWNER TO %s;', installation, t.table_name,
                  t.tables_owner::regrole)
        FROM tables AS t
        JOIN pg_roles AS r ON r.oid = t.relowner
        WHERE NOT t.is_side AND t.relowner <> t.tables_owner
    UNION ALL
    SELECT 'warning', 'foreign_trigger',
           format('trigger %I on %s.%I', g.tgname, installation, t.table_name),
           format('its function %s belongs to %s, who is neither the owner of the table nor a '
                  'superuser',
                  g.tgfoid::regprocedure, f.proowner::regrole),
           format('ALTER FUNCTION %s OWNER TO %s; -- once you have read it', g.tgfoid::regprocedure,
                  t.relowner::regrole)
        FROM tables AS t
        JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
        JOIN pg_proc AS f ON f.oid = g.tgfoid
        JOIN pg_roles AS r ON r.oid = f.proowner
        WHERE f.proowner <> t.relowner AND NOT r.rolsuper
            AND NOT EXISTS (SELECT FROM pg_depend AS d
                            WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid
                                AND d.deptype = 'e')
    UNION ALL
    -- Who has attached a trigger is not known. What it is told is that role's.
    SELECT 'warning', 'foreign_trigger',
           format('trigger %I on %s.%I', g.tgname, installation, t.table_name),
           format('it has a condition or arguments, and %s may attach triggers to the table',
                  h.holders),
           format('REVOKE TRIGGER ON %s.%I FROM %s; -- once you have read the trigger',
                  installation, t.table_name, h.holders)
        FROM tables AS t
        JOIN pg_class AS c ON c.oid = t.oid
        JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
            AND (g.tgnargs > 0 OR g.tgqual IS NOT NULL)
        CROSS JOIN LATERAL (
            SELECT string_agg(CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                ELSE a.grantee::regrole::text END, ', ' ORDER BY a.grantee) AS holders
            FROM aclexplode(c.relacl) AS a
            LEFT JOIN pg_roles AS r ON r.oid = a.grantee
            WHERE a.privilege_type = 'TRIGGER' AND a.grantee <> t.relowner
                AND r.rolsuper IS NOT TRUE) AS h
        WHERE h.holders IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_depend AS d
                            WHERE d.classid = 'pg_proc'::regclass AND d.objid = g.tgfoid
                                AND d.deptype = 'e')
    UNION ALL
    SELECT 'warning', 'publication_incomplete', format('publication %I', p.pubname),
           format('it carries %s tables of schema %s, but not %s: a subscriber that takes over '
                  'gives other answers',
                  count(*) FILTER (WHERE t.is_carried), installation,
                  string_agg(quote_ident(t.table_name), ', ' ORDER BY t.table_name)
                      FILTER (WHERE NOT t.is_carried)),
           format('ALTER PUBLICATION %I ADD TABLE %s;', p.pubname,
                  string_agg(format('%s.%I', installation, t.table_name),
                             ', ' ORDER BY t.table_name)
                      FILTER (WHERE NOT t.is_carried))
        FROM pg_publication AS p
        CROSS JOIN LATERAL (
            SELECT s.table_name,
                EXISTS (SELECT FROM pg_get_publication_tables(p.pubname) AS c
                WHERE c.relid = s.oid) AS is_carried
            FROM tables AS s) AS t
        GROUP BY p.pubname
        HAVING bool_or(t.is_carried) AND NOT bool_and(t.is_carried)
    UNION ALL
    SELECT 'warning', 'subscription_incomplete', format('schema %s', installation),
           format('a subscription carries %s of its tables, but not %s: once it takes over it '
                  'gives other answers than its publisher',
                  count(*) FILTER (WHERE t.is_subscribed),
                  string_agg(quote_ident(t.table_name), ', ' ORDER BY t.table_name)
                      FILTER (WHERE NOT t.is_subscribed)),
           '-- publish these tables, too, and run ALTER SUBSCRIPTION ... REFRESH PUBLICATION'
        FROM (SELECT s.table_name,
            EXISTS (SELECT FROM pg_subscription_rel AS c WHERE c.srrelid = s.oid) AS is_subscribed
              FROM tables AS s) AS t
        HAVING bool_or(t.is_subscribed) AND NOT bool_and(t.is_subscribed)
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_access(regnamespace) IS
'Returns missing and excess privileges of an installation, tables and trigger functions of other '
'owners, and publications and subscriptions that contain only a part of it.

Errors: none. Privileges: none. Complexity: a few checks for each role of the cluster.';
