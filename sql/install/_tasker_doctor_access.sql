CREATE FUNCTION @extschema@._tasker_doctor_access(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH side AS (
        SELECT c.oid, c.relname, c.relowner, c.relacl
        FROM pg_class AS c
        WHERE c.relnamespace = installation
            AND c.relname IN (SELECT e.table_name FROM @extschema@._tasker_expected_side_columns() AS e)
    )
    SELECT 'warning', 'schema_usage', format('role %s', r.oid::regrole),
           format('it may read the Tasker tables in schema %s, but lacks USAGE on schema %s', installation, '@extschema@'),
           format('GRANT USAGE ON SCHEMA %s TO %s;', '@extschema@', r.oid::regrole)
        FROM pg_roles AS r
        WHERE NOT starts_with(r.rolname, 'pg_')
            AND has_table_privilege(r.oid, format('%s.tasker_workflow_steps', installation), 'SELECT')
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
           format('GRANT SELECT ON TABLE %s.%I TO %s;', installation, t.relname, o.relowner::regrole)
        FROM (SELECT DISTINCT s.relowner FROM side AS s) AS o
        CROSS JOIN pg_class AS t
        WHERE t.relnamespace = installation AND t.relkind = 'r'
            AND t.relname IN (SELECT e.table_name FROM @extschema@._tasker_expected_columns() AS e WHERE e.is_needed)
            AND NOT has_table_privilege(o.relowner, t.oid, 'SELECT')
    UNION ALL
    SELECT 'warning', 'side_table_writer', format('table %s.%I', installation, s.relname),
           format('%s may write it, past the triggers: %s', g.grantee, g.privileges),
           format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON TABLE %s.%I FROM %s;',
                  installation, s.relname, g.grantee)
        FROM side AS s
        CROSS JOIN LATERAL (
            SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
                   string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
            FROM aclexplode(s.relacl) AS a
            WHERE a.grantee <> s.relowner
                AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
            GROUP BY a.grantee) AS g
    UNION ALL
    SELECT 'warning', 'side_table_published', format('publication %I', p.pubname),
           format('it carries %s.%I, which the triggers of a subscriber write as well', installation, s.relname),
           CASE WHEN explicit.prrelid IS NULL THEN '-- publish the Tasker tables by name, without the side tables'
                ELSE format('ALTER PUBLICATION %I DROP TABLE %s.%I;', p.pubname, installation, s.relname) END
        FROM side AS s
        CROSS JOIN pg_publication AS p
        CROSS JOIN LATERAL pg_get_publication_tables(p.pubname) AS published
        LEFT JOIN pg_publication_rel AS explicit ON explicit.prpubid = p.oid AND explicit.prrelid = s.oid
        WHERE published.relid = s.oid
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_access(regnamespace) IS
'The privileges that an installation lacks, or gives and should not, and publications of its side tables.

Errors: none. Privileges: none. Complexity: a few checks for each role of the cluster.';
