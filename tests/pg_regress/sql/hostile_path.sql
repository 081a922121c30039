-- Every function answers under a search_path that begins with a schema of traps as it does under a clean one: for a role
-- without rights on the side tables, and for one under row-level security. The schema holds an operator and a function for
-- almost each one of pg_catalog; all of them raise an exception.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\set calls :abs_srcdir /calls.sql
\set arguments :abs_srcdir /call_arguments.sql
\set setup :abs_srcdir /hostile_setup.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE hostile_worker BYPASSRLS;
CREATE ROLE hostile_tenant;
CREATE ROLE hostile_reader ROLE hostile_worker, hostile_tenant;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
-- Two installations with the same tasks.
\set ECHO none
\set installation hostile_a
\i :setup
\set installation hostile_b
\i :setup
\set ECHO all

CREATE SCHEMA hostile_evil;
SET search_path = pg_catalog;
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments,
               CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a')
            AND NOT '{internal,cstring,trigger,event_trigger}'::regtype[] && (p.prorettype || p.proargtypes::oid[])::regtype[]
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION hostile_evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', made.proname, made.arguments,
                           made.result, format('BEGIN RAISE EXCEPTION %L; END', 'captured ' || made.proname));
        EXCEPTION WHEN OTHERS THEN
            -- PL/pgSQL does not know every type.
        END;
    END LOOP;
    -- What compares two different types is a closer match than what pg_catalog has.
    FOR made IN
        SELECT o.oprname, o.oprleft::regtype::text AS one, o.oprright::regtype::text AS other,
               o.oprresult::regtype::text AS result,
               format('%s of %s and %s', o.oprname, o.oprleft::regtype, o.oprright::regtype) AS function_name
        FROM (
            SELECT oprname, oprleft, oprright, oprresult FROM pg_operator
            WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprleft <> 0 AND oprcode <> 0
            UNION
            SELECT symbol, one, other, 'boolean'::regtype
            FROM unnest('{=,<>,<,>,<=,>=}'::name[]) AS symbol,
                 unnest('{bigint,integer,text,varchar,name,timestamp,timestamptz,jsonb,oid}'::regtype[]) AS one,
                 unnest('{bigint,integer,text,varchar,name,timestamp,timestamptz,jsonb,oid}'::regtype[]) AS other
        ) AS o
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION hostile_evil.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', made.function_name,
                           made.one, made.other, made.result, format('BEGIN RAISE EXCEPTION %L; END', 'captured ' || made.oprname));
            EXECUTE format('CREATE OPERATOR hostile_evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = hostile_evil.%I)',
                           made.oprname, made.one, made.other, made.function_name);
        EXCEPTION WHEN OTHERS THEN
        END;
    END LOOP;
END
$$;
SET search_path = public;
GRANT USAGE ON SCHEMA hostile_evil TO hostile_worker, hostile_tenant;
SELECT count(*) > 1500 AS functions FROM pg_proc WHERE pronamespace = 'hostile_evil'::regnamespace;
SELECT count(*) > 700 AS operators FROM pg_operator WHERE oprnamespace = 'hostile_evil'::regnamespace;
-- The traps work.
SET search_path = hostile_evil, pg_catalog;
SELECT 1 = 1;
SELECT unnest(ARRAY[1]);
SET search_path = public;

-- What a call answers under a path, and whether what it does stays. Under the path nothing is looked up but by the call.
CREATE FUNCTION hostile_answer(path text, call text, stays boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    query text := format('SELECT pg_catalog.string_agg(answer::pg_catalog.text, '' '') FROM %s AS answer', call);
    answer text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', path, false);
    BEGIN
        EXECUTE query INTO answer;
        IF stays THEN
        ELSE
            RAISE SQLSTATE 'UNDO1';
        END IF;
    EXCEPTION
        WHEN SQLSTATE 'UNDO1' THEN
        WHEN OTHERS THEN answer := SQLERRM;
    END;
    PERFORM pg_catalog.set_config('search_path', 'public', false);
    answer := regexp_replace(answer, '[0-9a-f]{8}-[0-9a-f-]{27}', 'uuid', 'g');
    answer := regexp_replace(answer, '[0-9a-f]+(\.[0-9a-f,-]*){3,4}/[0-9a-f]+(\.[0-9a-f,-]*){3,4}/[01][0-9a-f-]*(\.[0-9a-f]+){3}', 'position', 'g');
    RETURN regexp_replace(answer, 'hostile_[ab]\y', 'installation', 'g');
END
$$;
-- Moves the time to when everything has ended long ago.
CREATE FUNCTION hostile_later() RETURNS interval LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT make_interval(secs => length(left(set_config('tasker_core.fake_now', '2027-01-01', true), 0)))
$$;
CREATE TABLE hostile_calls (place integer GENERATED ALWAYS AS IDENTITY, call text, other_call text, stays boolean);
-- Every function, but for one that answers with oids.
INSERT INTO hostile_calls (call, other_call, stays)
SELECT a.call, b.call, false FROM hostile_a.called AS a JOIN hostile_b.called AS b USING (signature)
WHERE signature NOT LIKE '\_tasker\_present\_indexes(%' ORDER BY signature;
-- One after the other.
INSERT INTO hostile_calls (call, other_call, stays) SELECT call, call, true FROM unnest(ARRAY[
    'tasker_heartbeat(ARRAY[token(101)])',
    'tasker_complete_step(101, ''{"a": 1}'', token(101))',
    'tasker_claim_steps(''w'', 3)',
    'tasker_claim_steps(''w'', 1, step_names => ''{step_1}'')',
    'tasker_claim_steps(''w'', 1, task_names => ''{t}'')',
    'tasker_fail_step(201, ''"busy"'', true, ''60'', token(201))',
    'tasker_complete_and_claim(501, ''{}'', token(501), ''w'', 2)',
    'tasker_release_step(303, token(303))',
    'tasker_complete_steps(ARRAY[102, 303]::bigint[], ARRAY[token(102), token(303)])',
    'tasker_retry_step(302)',
    'tasker_explain_task(3)',
    'tasker_explain_step(304)',
    'tasker_find_steps(''ready'')',
    'tasker_find_tasks(task_name => ''order'')',
    'tasker_create_task(''t'', ''{"n": 2}'')',
    'tasker_create_tasks(''[{"task_name": "t", "context": {"n": 3}}, {"task_name": "t", "context": {"n": 3}}]'')',
    'tasker_add_steps(3, ''[{"name": "more", "depends_on": ["step_1"]}]'')',
    'tasker_signal(1001, ''go'')',
    'tasker_pause_task(3, ''disk'')',
    'tasker_resume_task(3)',
    'tasker_skip_step(304, force => true)',
    'tasker_reset_step(302)',
    'tasker_resolve_step(302, ''{}'')',
    'tasker_set_retry_limit(103, 9)',
    'tasker_set_task_priority(1, 7)',
    'tasker_cancel_step(103)',
    'tasker_cancel_task(4)',
    'tasker_delete_task(5, force => true)',
    'tasker_retry_many(''exhausted'', dry_run => false)',
    'tasker_pause_many(active => true, dry_run => false)',
    'tasker_resume_many(namespace => ''default'', dry_run => false)',
    'tasker_resolve_many(step_name => ''step_2'', dry_run => false)',
    'tasker_due_tasks(''scheduler'', 3)',
    'tasker_maintain()',
    'tasker_step_history(101)',
    'tasker_system_health()',
    'tasker_failures()',
    'tasker_task_graph(3)',
    'tasker_read_events(''mail'', 2)',
    '(SELECT event, task_id, payload FROM tasker_read_events(''mail'', 1000))',
    '(SELECT tasker_ack_events(''mail'', position) FROM tasker_read_events(''mail'', 1))',
    'tasker_publish_event(1, 101, ''order.paid'', ''{"amount": 3}'')',
    'tasker_subscriptions()',
    'tasker_subscribe(''mine'')',
    'tasker_unsubscribe(''mine'')',
    'tasker_schedule(''mine'', ''t'', every => ''1 hour'', options => ''{"context_key": "run"}'')',
    'tasker_schedules()',
    'tasker_trigger_schedule(''mine'')',
    'tasker_unschedule(''mine'')',
    'tasker_cancel_many(task_name => ''t'', created_since => ''2000-01-01'', after_id => 1005, dry_run => false)']) AS call;
-- Last, and undone.
INSERT INTO hostile_calls (call, other_call, stays)
SELECT call, call, false FROM unnest(ARRAY['tasker_fork_task(3, ''step_1'')', 'tasker_purge(hostile_later(), dry_run => false)']) AS call;
CREATE VIEW hostile_answers AS
SELECT place, call, stays,
       hostile_answer('hostile_a, pg_catalog, public', call, stays) AS clean,
       hostile_answer('hostile_evil, pg_catalog, hostile_b, public', other_call, stays) AS evil
FROM (SELECT * FROM hostile_calls ORDER BY place OFFSET 0) AS ordered;
GRANT SELECT ON hostile_answers TO hostile_worker, hostile_tenant;
GRANT CREATE ON SCHEMA public TO hostile_worker, hostile_tenant;

SET ROLE hostile_tenant;
CREATE TABLE hostile_tenants AS SELECT * FROM hostile_answers;
SELECT count(*) > 150 AS are_many, count(*) FILTER (WHERE clean = evil) > 100 AS are_alike FROM hostile_tenants;
SELECT call, clean, evil FROM hostile_tenants
WHERE clean IS DISTINCT FROM evil OR clean LIKE '%does not run as the caller' ORDER BY place;
SELECT call, left(evil, 150) AS evil FROM hostile_tenants WHERE stays OR call ~ 'hostile_later' ORDER BY place;
SET ROLE hostile_worker;
CREATE TABLE hostile_workers AS SELECT * FROM hostile_answers;
SELECT count(*) > 150 AS are_many, count(*) FILTER (WHERE clean = evil) > 100 AS are_alike FROM hostile_workers;
SELECT call, clean, evil FROM hostile_workers
WHERE clean IS DISTINCT FROM evil OR clean LIKE '%does not run as the caller' ORDER BY place;
SELECT call, left(evil, 150) AS evil FROM hostile_workers WHERE stays OR call ~ 'hostile_later' ORDER BY place;
RESET ROLE;

DROP TABLE hostile_tenants, hostile_workers;
DROP VIEW hostile_answers;
DROP FUNCTION hostile_later;
DROP TABLE hostile_calls;
DROP FUNCTION hostile_answer;
DROP SCHEMA hostile_a, hostile_b, hostile_evil CASCADE;
DROP OWNED BY hostile_worker, hostile_tenant;
DROP ROLE hostile_reader, hostile_worker, hostile_tenant;
