-- Nothing of the caller's runs with the rights of the installation's owner: no operator or function of the search_path,
-- no temporary table, no trigger of a role with TRIGGER on the tables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE rights_owner;
CREATE ROLE rights_reader LOGIN;
CREATE ROLE rights_worker LOGIN;
GRANT CREATE ON DATABASE tasker_regress TO rights_reader, rights_worker;
CREATE SCHEMA rights AUTHORIZATION rights_owner;
GRANT USAGE ON SCHEMA rights TO rights_reader, rights_worker;
SET ROLE rights_owner;
SET search_path = rights, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) FROM tasker_register_task('{"name":"t","step_templates":[
    {"name":"a"},
    {"name":"b","depends_on_step":"a"},
    {"name":"c","depends_on_step":"b","wait":{"signal":"go"}},
    {"name":"d","depends_on_step":"a","when":{"a":"$.go"}}
]}');
SELECT count(*) FROM tasker_create_tasks((SELECT jsonb_agg(jsonb_build_object('task_name', 't', 'context', jsonb_build_object('i', i))) FROM generate_series(1, 3) AS i));
SELECT count(*) FROM (SELECT tasker_complete_step(workflow_step_id, '{"go":true}', claim_token) FROM tasker_claim_steps('w', 1)) AS done;
SELECT count(*) FROM (SELECT tasker_fail_step(workflow_step_id, '{"message":"m"}', false, claim_token => claim_token) FROM tasker_claim_steps('w', 1)) AS done;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'rights'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'tasker\_core\_%' LOOP
        EXECUTE format('GRANT SELECT ON %I TO rights_reader', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO rights_worker', name);
    END LOOP;
END
$$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA rights TO rights_worker;
RESET ROLE;

-- Operators and functions of the caller's, found before those of pg_catalog, for every pair of types that statements
-- of ours compare. Each notes as whom it runs.
CREATE TABLE public.rights_ran (as_whom name, what text);
GRANT INSERT ON public.rights_ran TO PUBLIC;
CREATE SCHEMA rights_evil AUTHORIZATION rights_worker;
GRANT USAGE, CREATE ON SCHEMA rights_evil TO rights_reader, rights_owner;
SET SESSION AUTHORIZATION rights_worker;
DO $$
DECLARE
    one text;
    other text;
    symbol text;
    number integer := 0;
BEGIN
    FOREACH one IN ARRAY '{bigint,integer,smallint,text,varchar,name,boolean,timestamp,timestamptz,interval,float8,numeric,jsonb,uuid,"\"char\"",oid,xid}'::text[] LOOP
        FOREACH other IN ARRAY '{bigint,integer,smallint,text,varchar,name,boolean,timestamp,timestamptz,interval,float8,numeric,jsonb,uuid,"\"char\"",oid,xid}'::text[] LOOP
            number := number + 1;
            EXECUTE format($f$CREATE FUNCTION rights_evil.compared_%s(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $body$
                BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'operator'); RETURN true; END $body$ $f$, number, one, other);
            FOREACH symbol IN ARRAY '{=,<>,<,>,<=,>=}'::text[] LOOP
                EXECUTE format('CREATE OPERATOR rights_evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = rights_evil.compared_%s)', symbol, one, other, number);
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;
CREATE FUNCTION rights_evil.date_part(text, timestamp) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'date_part'); RETURN 1; END $$;
CREATE FUNCTION rights_evil.extract(text, timestamp) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'extract'); RETURN 1; END $$;
CREATE FUNCTION rights_evil.coalesce_of(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;

-- Every function of the extension that can be called with defaults or a few ids, under that path.
SET search_path = rights, rights_evil, pg_catalog, public;
SELECT tasker_subscribe('mail') AS ran;
SELECT count(*) >= 0 AS ran FROM tasker_step_trends('2099-01-01', '2000-01-01');
SELECT count(*) >= 0 AS ran FROM tasker_analytics('2000-01-01');
SELECT count(*) >= 0 AS ran FROM tasker_slowest_tasks();
SELECT count(*) >= 0 AS ran FROM tasker_slowest_steps();
SELECT count(*) >= 0 AS ran FROM tasker_step_durations();
SELECT count(*) >= 0 AS ran FROM tasker_task_durations();
SELECT count(*) >= 0 AS ran FROM tasker_system_health();
SELECT count(*) >= 0 AS ran FROM tasker_failures();
SELECT count(*) >= 0 AS ran FROM tasker_dead_letters();
SELECT count(*) >= 0 AS ran FROM tasker_stuck_tasks();
SELECT count(*) >= 0 AS ran FROM tasker_next_steps(5);
SELECT count(*) >= 0 AS ran FROM tasker_find_tasks();
SELECT count(*) >= 0 AS ran FROM tasker_find_steps('ready');
SELECT count(*) >= 0 AS ran FROM tasker_limits();
SELECT count(*) >= 0 AS ran FROM tasker_step_readiness(1::bigint);
SELECT count(*) >= 0 AS ran FROM tasker_task_context(1::bigint);
SELECT tasker_explain_task(1) IS NOT NULL AS ran;
SELECT count(*) >= 0 AS ran FROM tasker_task_history(1);
SELECT count(*) >= 0 AS ran FROM tasker_bottlenecks(1);
SELECT count(*) >= 0 AS ran FROM tasker_task_timeline(1);
SELECT length(tasker_task_timeline_svg(1)) > 0 AS ran;
SELECT tasker_export_task(1) IS NOT NULL AS ran;
SELECT count(*) >= 0 AS ran FROM tasker_purge('0');
SELECT count(*) >= 0 AS ran FROM tasker_maintain();
SELECT count(*) >= 0 AS ran FROM tasker_due_tasks('s', 1);
SELECT tasker_release_due_task(1, 's') IS NOT NULL AS ran;
SELECT count(*) >= 0 AS ran FROM (SELECT tasker_complete_step(workflow_step_id, '{"go":true}', claim_token) FROM tasker_claim_steps('w', 2, step_names => '{a}')) AS done;
SELECT count(*) >= 0 AS ran FROM (SELECT tasker_fail_step(workflow_step_id, '{"message":"m"}', claim_token => claim_token) FROM tasker_claim_steps('w', 1)) AS done;
SELECT count(*) >= 0 AS ran FROM tasker_signal(1, 'go');
SELECT count(*) >= 0 AS ran FROM tasker_fork_task(1);
SELECT count(*) >= 0 AS ran FROM tasker_add_steps(1, '[{"name":"e","depends_on":"a"}]');
SELECT count(*) >= 0 AS ran FROM tasker_create_task('t', '{"i":99}');
SELECT count(*) >= 0 AS ran FROM tasker_cancel_task(3);
SELECT count(*) >= 0 AS ran FROM tasker_pause_many(2, '{pending,in_progress,error}', true, 'default', 't', '0.1.0', dry_run => false);
SELECT count(*) >= 0 AS ran FROM tasker_resume_many(dry_run => false);
SELECT count(*) >= 0 AS ran FROM tasker_resolve_many(error_class => 'none', failed_since => '2000-01-01', dry_run => false);
SELECT count(*) >= 0 AS ran FROM tasker_cancel_many(2, created_since => '2000-01-01', dry_run => false);
SELECT tasker_publish_event(1, NULL, 'order.paid') AS ran;
SELECT count(*) >= 0 AS ran FROM tasker_read_events('mail');
SELECT tasker_ack_events('mail', position) AS ran FROM tasker_read_events('mail', 1);
SELECT count(*) >= 0 AS ran FROM tasker_subscriptions();
SELECT tasker_unsubscribe('mail') AS ran;
SELECT created AS ran FROM tasker_schedule('often', 't', every => '1 s', context => '{"i":98}', options => '{"context_key": "run"}');
SELECT tasker_trigger_schedule('often') > 0 AS ran;
SELECT pg_sleep(1.1) IS NULL AS waited, count(*) >= 0 AS ran FROM tasker_maintain();
SELECT runs > 1 AS ran, failures FROM tasker_schedules();
SELECT tasker_pause_schedule('often') AND tasker_resume_schedule('often') AND tasker_unschedule('often') AS ran;

RESET SESSION AUTHORIZATION;
SET search_path = rights, public;
SELECT as_whom, what, count(*) > 0 AS ran FROM public.rights_ran WHERE as_whom <> 'rights_worker' GROUP BY 1, 2;

-- A trigger of a role that holds TRIGGER on the tables: what is due is left, with a warning, and the trigger does not run as
-- the owner; when it is gone, the work is done.
TRUNCATE public.rights_ran;
GRANT TRIGGER ON rights.tasker_workflow_step_transitions TO rights_worker;
GRANT SELECT, INSERT ON public.rights_ran TO PUBLIC;
SET tasker_core.fake_now = '2026-02-01 12:00:00+00';
SELECT count(*) AS claimed FROM tasker_claim_steps('gone', 1, '1 minute');
SET SESSION AUTHORIZATION rights_worker;
SET search_path = rights, public;
CREATE FUNCTION rights_evil.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'trigger'); RETURN NEW; END $$;
CREATE TRIGGER note BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION rights_evil.note();
RESET SESSION AUTHORIZATION;
SET tasker_core.fake_now = '2026-02-01 13:00:00+00';
SET client_min_messages = warning;
\set VERBOSITY default
SELECT leases_expired FROM tasker_maintain();
SET ROLE rights_worker;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1);
RESET ROLE;
SELECT as_whom, count(*) > 0 AS ran FROM public.rights_ran GROUP BY 1;
DROP TRIGGER note ON rights.tasker_workflow_step_transitions;

-- The same with a condition, which is evaluated even before the function: a function of the owner's does not help.
SET ROLE rights_owner;
CREATE FUNCTION rights.harmless() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
GRANT EXECUTE ON FUNCTION rights.harmless() TO PUBLIC;
SET SESSION AUTHORIZATION rights_worker;
CREATE FUNCTION rights_evil.is_due() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'condition'); RETURN true; END $$;
CREATE TRIGGER note BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW WHEN (rights_evil.is_due()) EXECUTE FUNCTION rights.harmless();
RESET SESSION AUTHORIZATION;
SELECT leases_expired FROM tasker_maintain();
DROP TRIGGER note ON rights.tasker_workflow_step_transitions;
-- And with arguments, which a function of the owner's may run.
SET SESSION AUTHORIZATION rights_owner;
CREATE FUNCTION rights.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE TG_ARGV[0]; RETURN NEW; END';
SET SESSION AUTHORIZATION rights_worker;
CREATE TRIGGER note BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION rights.told('SELECT rights_evil.is_due()');
RESET SESSION AUTHORIZATION;
SELECT leases_expired FROM tasker_maintain();
SELECT as_whom, what FROM public.rights_ran WHERE as_whom <> 'rights_worker';
SELECT object, detail, fix FROM tasker_doctor() WHERE check_name = 'foreign_trigger';
DROP TRIGGER note ON rights.tasker_workflow_step_transitions;
REVOKE TRIGGER ON rights.tasker_workflow_step_transitions FROM rights_worker;

-- A trigger of the owner's that names a table without a schema: a temporary table of the caller's must not stand in for it.
SET ROLE rights_owner;
CREATE FUNCTION rights.audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO rights_audit VALUES (NEW.to_state); RETURN NEW; END $$;
CREATE TRIGGER audit BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION rights.audit();
RESET ROLE;
SET SESSION AUTHORIZATION rights_worker;
CREATE FUNCTION rights_evil.note_default() RETURNS text LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'default'); RETURN 'x'; END $$;
CREATE TEMPORARY TABLE rights_audit (to_state text, noted text DEFAULT rights_evil.note_default());
GRANT ALL ON rights_audit TO PUBLIC;
SET search_path = pg_temp, rights, public;
SELECT leases_expired FROM tasker_maintain();
DROP TABLE rights_audit;
RESET SESSION AUTHORIZATION;
SELECT as_whom, what FROM public.rights_ran WHERE as_whom <> 'rights_worker';

-- In a session without temporary tables, and with the table of the owner's, it is done.
\c
SET client_min_messages = warning;
SET ROLE rights_owner;
SET search_path = rights, public;
CREATE TABLE rights.rights_audit (to_state text);
RESET ROLE;
SET tasker_core.fake_now = '2026-02-01 13:00:00+00';
SET ROLE rights_worker;
SET search_path = rights, public;
SELECT leases_expired FROM tasker_maintain();
RESET ROLE;
SELECT count(*) > 0 AS audited FROM rights.rights_audit;

-- An operator of a role that may create objects in the installation schema is not found either.
GRANT CREATE ON SCHEMA rights TO rights_worker;
TRUNCATE public.rights_ran;
DROP TRIGGER audit ON rights.tasker_workflow_step_transitions;
SET SESSION AUTHORIZATION rights_worker;
CREATE FUNCTION rights.float_eq(float8, float8) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'operator'); RETURN true; END $$;
CREATE FUNCTION rights.float_eq(float8, integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.rights_ran VALUES (current_user, 'operator'); RETURN true; END $$;
CREATE OPERATOR rights.= (LEFTARG = float8, RIGHTARG = float8, FUNCTION = rights.float_eq);
CREATE OPERATOR rights.= (LEFTARG = float8, RIGHTARG = integer, FUNCTION = rights.float_eq);
SET search_path = rights, public;
SELECT count(*) >= 0 AS ran FROM tasker_step_trends('2099-01-01', '2000-01-01');
RESET SESSION AUTHORIZATION;
SELECT as_whom, what FROM public.rights_ran WHERE as_whom <> 'rights_worker';

-- No role without rights keeps the management functions waiting.
SET ROLE rights_reader;
BEGIN;
SELECT public._tasker_begin_change('rights');
ROLLBACK;
BEGIN;
SELECT count(*) FROM tasker_rebuild('rights');
ROLLBACK;
RESET ROLE;
SET ROLE rights_owner;
BEGIN;
SELECT count(*) > 0 AS rebuilt FROM tasker_rebuild('rights');
SELECT mode, objid = 'rights'::regnamespace AS of_schema FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_namespace'::regclass AND pid = pg_backend_pid();
ROLLBACK;
RESET ROLE;

-- A table of another role with the name of one of the engine's would run that role's code as the owner.
SET ROLE rights_owner;
SET search_path = rights, public;
ALTER TABLE tasker_task_namespaces RENAME TO task_namespaces;
SET ROLE rights_worker;
CREATE VIEW rights.tasker_task_namespaces AS SELECT * FROM task_namespaces WHERE rights_evil.is_due();
GRANT SELECT ON rights.tasker_task_namespaces TO PUBLIC;
SET ROLE rights_owner;
SELECT count(*) FROM tasker_claim_steps('w', namespaces => '{default}');
RESET ROLE;
SELECT count(*) FROM tasker_claim_steps('w', namespaces => '{default}');
DROP VIEW rights.tasker_task_namespaces;
ALTER TABLE rights.task_namespaces RENAME TO tasker_task_namespaces;
SELECT as_whom, what FROM public.rights_ran WHERE as_whom <> 'rights_worker';
