-- Views and their functions that another role has created in the schema first: the installation creates them again, for its owner.
-- The views need 15. For earlier versions there is expected/hostile_views_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE hostile_views_owner;
CREATE ROLE hostile_views_guest;
CREATE SCHEMA hostile_views AUTHORIZATION hostile_views_owner;
GRANT USAGE, CREATE ON SCHEMA hostile_views TO hostile_views_guest;

-- The guest makes exactly what the installation would make.
SET ROLE hostile_views_guest;
DO $$
DECLARE made record;
BEGIN
    FOR made IN SELECT *, format('hostile_views.%I', view_name) AS qualified FROM _tasker_expected_views('hostile_views') LOOP
        PERFORM set_config('check_function_bodies', 'off', true);
        EXECUTE format('CREATE FUNCTION %s(regclass) RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L', made.qualified, made.result_columns,
            'SELECT ' || regexp_replace(made.result_columns, '([^ ,]+) ([^,]+)', 'NULL::\2', 'g'));
        EXECUTE format('CREATE VIEW %1$s WITH (security_invoker = true) AS SELECT * FROM %1$s(0::regclass) AS r', made.qualified);
        EXECUTE format('CREATE OR REPLACE FUNCTION %s(regclass) RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L', made.qualified,
            made.result_columns, made.query);
        EXECUTE format('COMMENT ON VIEW %s IS %L', made.qualified,
            _tasker_view_comment('hostile_views', made.qualified::regclass, made.query, made.meaning));
    END LOOP;
END;
$$;
RESET ROLE;

SET ROLE hostile_views_owner;
SET search_path = hostile_views, public;
SELECT object, action FROM tasker_install(verbose => true) WHERE object LIKE 'view %' ORDER BY 1;
RESET ROLE;
SELECT relname, relowner::regrole, has_table_privilege('hostile_views_guest', oid, 'SELECT') AS readable
FROM pg_class WHERE relnamespace = 'hostile_views'::regnamespace AND relkind = 'v' ORDER BY 1;
SELECT proname, proowner::regrole FROM pg_proc WHERE pronamespace = 'hostile_views'::regnamespace ORDER BY 1;
SET ROLE hostile_views_guest;
CREATE OR REPLACE FUNCTION hostile_views.tasker_core_current_steps(regclass) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1';
RESET ROLE;

-- What changes hands later is told of, and made anew.
ALTER FUNCTION hostile_views.tasker_core_current_tasks(regclass) OWNER TO hostile_views_guest;
SELECT severity, check_name, object FROM tasker_doctor() WHERE check_name LIKE 'view%';
SELECT action, count(*) FROM tasker_install(verbose => true) WHERE object LIKE 'view %' GROUP BY 1 ORDER BY 1;
SELECT proname, proowner::regrole FROM pg_proc WHERE pronamespace = 'hostile_views'::regnamespace ORDER BY 1;
SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info';
DROP SCHEMA hostile_views CASCADE;
DROP OWNED BY hostile_views_guest, hostile_views_owner;
DROP ROLE hostile_views_guest, hostile_views_owner;
