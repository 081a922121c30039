-- Trigger functions work on the tables that they belong to alone; an installation that lacks triggers says so; and what
-- was not granted is not permitted.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE regress_owner;
CREATE ROLE regress_developer;
CREATE SCHEMA lost AUTHORIZATION regress_owner;
GRANT USAGE, CREATE ON SCHEMA lost TO regress_developer;
-- Whatever the default privileges say, no role gets a privilege on side tables.
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner GRANT ALL ON TABLES TO PUBLIC;
SET ROLE regress_owner;
SET search_path = lost, public;
SELECT count(*) > 0 FROM tasker_install();
SELECT count(*) AS granted
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'lost'::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'tasker\_core\_%' AND a.grantee <> c.relowner;
SELECT count(*) AS ungranted
FROM pg_class AS c WHERE c.relnamespace = 'lost'::regnamespace AND c.relname LIKE 'tasker\_core\_%' AND c.relkind = 'r';
REVOKE ALL ON ALL TABLES IN SCHEMA lost FROM PUBLIC;
SELECT named_task_id IS NOT NULL FROM tasker_register_task('{"name":"t","step_templates":[{"name":"pay"},{"name":"ship","depends_on_step":"pay"}]}');
SELECT task_id FROM tasker_create_task('t', '{}', options => '{"priority":50}');
RESET ROLE;

\echo == a developer who may create tables in the schema attaches our functions to them
SET ROLE regress_developer;
SET search_path = lost, public;
CREATE TABLE forge (workflow_step_id bigint, task_id bigint, most_recent boolean, to_state text, created_at timestamp, metadata jsonb,
    sort_key int, from_state text, state text, state_since timestamp, attempts integer, retry_limit integer, retryable boolean,
    last_attempted_at timestamp, from_step_id bigint, to_step_id bigint, named_task_id integer);
CREATE PROCEDURE attach(function text, event text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER forged AFTER %s ON lost.forge %s EXECUTE FUNCTION public.%I()', event,
        CASE WHEN event = 'TRUNCATE' THEN '' ELSE 'FOR EACH ROW' END, function);
    EXECUTE CASE event
        WHEN 'TRUNCATE' THEN 'TRUNCATE lost.forge'
        WHEN 'DELETE' THEN 'DELETE FROM lost.forge'
        WHEN 'UPDATE' THEN 'UPDATE lost.forge SET to_state = ''error'''
        ELSE 'INSERT INTO lost.forge VALUES (1, 1, true, ''complete'', now(), ''{}'', 10, ''pending'', ''complete'', now(), 0, 3, true, now(), 1, 2, 1)' END;
    RAISE EXCEPTION 'forged by % on %', function, event;
EXCEPTION WHEN trigger_protocol_violated THEN
    NULL;
END
$$;
-- Rows that the other events are about.
INSERT INTO forge VALUES (1, 1, true, 'complete', now(), '{}', 10, 'pending', 'complete', now(), 0, 3, true, now(), 1, 2, 1);
DO $$
DECLARE
    function text;
    event text;
BEGIN
    FOR function IN SELECT DISTINCT e.function_name FROM public._tasker_expected_triggers() AS e ORDER BY 1 LOOP
        FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
            CALL lost.attach(function, event);
        END LOOP;
    END LOOP;
END
$$;
-- Nor do the settings of tests work for them.
SET tasker_core.fake_now = '2030-01-01';
\echo :SQLSTATE
SET tasker_core.testkit = on;
\echo :SQLSTATE
CREATE TRIGGER forged BEFORE INSERT ON forge FOR EACH ROW EXECUTE FUNCTION public._tasker_sync_steps();
INSERT INTO forge DEFAULT VALUES;
\echo :SQLSTATE
RESET ROLE;
-- A table of the right name that belongs to another role.
ALTER TABLE lost.tasker_task_transitions OWNER TO regress_developer;
SET ROLE regress_developer;
INSERT INTO lost.tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
VALUES (1, 'complete', 1000, '2026-01-01', '2026-01-01');
\echo :SQLSTATE
RESET ROLE;
SET search_path = lost, public;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor() WHERE check_name <> 'schema_usage';
SELECT fix FROM tasker_doctor() WHERE check_name = 'table_owner' \gexec
DROP TABLE forge;
DROP PROCEDURE attach;
SELECT workflow_step_id, step_name, current_state FROM tasker_step_readiness(1);
SELECT count(*) FROM tasker_doctor();

\echo == trigger functions of others
CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER FUNCTION theirs() OWNER TO regress_developer;
CREATE TRIGGER theirs AFTER INSERT ON tasker_tasks FOR EACH STATEMENT EXECUTE FUNCTION theirs();
CREATE TRIGGER theirs AFTER INSERT ON tasker_core_hints FOR EACH STATEMENT EXECUTE FUNCTION theirs();
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
DROP FUNCTION theirs() CASCADE;

\echo == what the helper of the view tells
SET ROLE regress_developer;
SELECT public._tasker_minimum_depth('tasker_workflow_steps'::regclass, 1, 2);
\echo :SQLSTATE
RESET ROLE;
GRANT SELECT ON tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps TO regress_developer;
SET ROLE regress_developer;
SELECT public._tasker_minimum_depth('tasker_workflow_steps'::regclass, 1, 2);
RESET ROLE;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
SET ROLE regress_developer;
SELECT public._tasker_minimum_depth('tasker_workflow_steps'::regclass, 1, 2) IS NULL AS hidden;
RESET ROLE;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps FROM regress_developer;
SELECT count(*) > 0 FROM tasker_replace_rails_functions();
GRANT SELECT ON tasker_step_dag_relationships TO regress_developer;
SET ROLE regress_developer;
SELECT workflow_step_id, min_depth_from_root FROM tasker_step_dag_relationships ORDER BY 1;
RESET ROLE;
SELECT count(*) > 0 FROM tasker_restore_rails_functions();

\echo == each trigger that is missing, or not enabled always, is noticed by the next call
CREATE FUNCTION public.noticed(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    details text;
BEGIN
    EXECUTE change;
    PERFORM tasker_ready_steps(1);
    RAISE EXCEPTION 'not noticed: %', change;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL;
    RETURN format('%s: %s', message, details);
END
$$;
SELECT noticed(format('DROP TRIGGER %I ON %I', e.trigger_name, e.table_name)) FROM _tasker_expected_triggers() AS e;
SELECT DISTINCT noticed(format('ALTER TABLE %I %s TRIGGER %I', e.table_name, mode, e.trigger_name))
FROM _tasker_expected_triggers() AS e, unnest(ARRAY['DISABLE', 'ENABLE', 'ENABLE REPLICA']) AS mode ORDER BY 1;
-- Undone with the subtransaction.
SELECT count(*) FROM tasker_ready_steps(1);

\echo == as Rails loads fixtures
ALTER TABLE tasker_tasks DISABLE TRIGGER ALL;
ALTER TABLE tasker_tasks ENABLE TRIGGER ALL;
SELECT * FROM tasker_ready_steps(1);
\echo :SQLSTATE
SELECT * FROM tasker_claim_steps('worker');
\echo :SQLSTATE
SELECT * FROM tasker_system_health();
\echo :SQLSTATE
SELECT * FROM tasker_maintain();
\echo :SQLSTATE
-- What writes the tables, the engine, goes on.
INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
VALUES (1, '2026-01-01', 'by the engine', '2026-01-01', '2026-01-01');
SELECT check_name, count(*) FROM tasker_doctor() GROUP BY 1;
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action ORDER BY action;
SELECT count(*) FROM tasker_ready_steps(1);

\echo == as Rails loads schema.rb: tables, and no trigger
CREATE SCHEMA copied;
DO $$
DECLARE
    present name;
BEGIN
    FOR present IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'lost'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('CREATE TABLE copied.%I (LIKE lost.%1$I INCLUDING ALL)', present);
    END LOOP;
END
$$;
SET search_path = copied, public;
SELECT tasker_register_task('{"name":"x","step_templates":[{"name":"a"}]}');
\echo :SQLSTATE
SELECT * FROM tasker_claim_steps('worker');
\echo :SQLSTATE
SELECT count(*) > 0 FROM tasker_install();
SELECT tasker_register_task('{"name":"x","step_templates":[{"name":"a"}]}') IS NOT NULL;
SELECT task_id IS NOT NULL FROM tasker_create_task('x', '{}');
SELECT count(*) FROM tasker_claim_steps('worker');

DROP FUNCTION public.noticed;
DROP SCHEMA copied CASCADE;
DROP SCHEMA lost CASCADE;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner REVOKE ALL ON TABLES FROM PUBLIC;
DROP OWNED BY regress_developer;
DROP OWNED BY regress_owner;
DROP ROLE regress_developer;
DROP ROLE regress_owner;
