-- What a role may do that may only read, and one that may not even that: every function, found in the catalog.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set setup :abs_srcdir /calls_setup.sql
\set arguments :abs_srcdir /call_arguments.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA what_roles_may;
SET search_path = what_roles_may, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT tasker_set_limit('task_name', 'order', 5);
\set ECHO none
\i :setup
\set ECHO all
-- Something is due: a retry, a lease, a task's offer.
SET tasker_core.fake_now = '2026-01-01 13:00:00+00';

CREATE ROLE regress_may_read;
CREATE ROLE regress_may_nothing;
GRANT USAGE ON SCHEMA what_roles_may TO regress_may_read, regress_may_nothing;
GRANT SELECT ON ALL TABLES IN SCHEMA what_roles_may TO regress_may_read;
DO $$
DECLARE side_table text;
BEGIN
    FOR side_table IN SELECT relname FROM pg_class WHERE relnamespace = 'what_roles_may'::regnamespace AND relkind = 'r'
        AND relname LIKE 'tasker\_core\_%'
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM regress_may_read', side_table);
    END LOOP;
END $$;
-- A reader may use a consumer of the event stream that it has. The calls leave it as it is.
GRANT UPDATE (reason) ON tasker_tasks TO regress_may_read;
SET ROLE regress_may_read;
SELECT tasker_subscribe('mail') AS is_new;
RESET ROLE;
REVOKE UPDATE (reason) ON tasker_tasks FROM regress_may_read;
SELECT tasker_publish_event(1, NULL, 'order.paid') AS is_kept;
-- A schedule of another role.
SELECT created FROM tasker_schedule('nightly', 't', '@daily');
SET ROLE regress_may_read;
SELECT position FROM tasker_read_events('mail') \gset
SELECT tasker_ack_events('mail', :'position') AS advanced;
RESET ROLE;
\set installation what_roles_may
\set ECHO none
\i :arguments
\set ECHO all
SELECT signature, call FROM called WHERE call LIKE '%$%' ORDER BY 1;
GRANT SELECT ON called TO regress_may_read, regress_may_nothing;
CREATE TABLE before AS SELECT * FROM contents('what_roles_may') WHERE table_name <> 'before';

SET ROLE regress_may_read;
SELECT array_agg(attempt ORDER BY signature) AS reader FROM (SELECT signature, attempt(call) FROM called) AS tried \gset
SET ROLE regress_may_nothing;
SELECT array_agg(attempt ORDER BY signature) AS stranger FROM (SELECT signature, attempt(call) FROM called) AS tried \gset
RESET ROLE;
-- Nothing has changed.
SELECT table_name FROM (SELECT * FROM before UNION SELECT * FROM contents('what_roles_may')) AS seen
WHERE table_name NOT IN ('before', 'called') GROUP BY table_name HAVING count(*) > 1;
SELECT count(*) FROM before WHERE table_name NOT IN (SELECT table_name FROM contents('what_roles_may'));

-- 42501 wherever something is written, whatever there is to write; "done" for who may read where something is only read.
SELECT split_part(signature, '(', 1) AS function, tried.reader, tried.stranger
FROM unnest(:'reader'::text[], :'stranger'::text[]) WITH ORDINALITY AS tried (reader, stranger, place)
JOIN (SELECT signature, row_number() OVER (ORDER BY signature) AS place FROM called) AS numbered USING (place)
WHERE signature NOT LIKE '\_%' ORDER BY signature;

-- The token of a claim is for those who may write steps.
SET ROLE regress_may_read;
SELECT to_state, metadata ? 'claim_token' AS shows_token, metadata ->> 'worker' AS worker FROM tasker_step_history(:step);
RESET ROLE;
GRANT UPDATE (attempts) ON tasker_workflow_steps TO regress_may_read;
SET ROLE regress_may_read;
SELECT to_state, metadata ? 'claim_token' AS shows_token FROM tasker_step_history(:step);
SELECT workflow_step_id, status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
RESET ROLE;

-- Why work on a step, or on its task, was refused is for those who may read steps.
INSERT INTO tasker_core_troubles (kind, subject_id, attempts, next_try, sqlstate, message, since)
SELECT kind, subject, 1, '2026-01-01 14:00', '23514', 'no ' || kind, '2026-01-01 12:00'
FROM (VALUES ('step', 101), ('claim', 101), ('task', 1)) AS refused (kind, subject);
SET ROLE regress_may_read;
SELECT part ->> 'work' AS work, part ->> 'message' AS message FROM jsonb_array_elements(tasker_explain_step(101) -> 'put_aside') AS part;
SELECT tasker_explain_task(1) -> 'put_aside' ->> 'message' AS message;
SELECT count(*) FROM tasker_core_troubles;
SELECT count(*) FROM tasker_core_attempted;
SET ROLE regress_may_nothing;
SELECT tasker_explain_step(101);
SELECT tasker_explain_task(1);
SELECT count(*) FROM tasker_find_steps('exhausted');
RESET ROLE;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP OWNED BY regress_may_read, regress_may_nothing;
DROP ROLE regress_may_read, regress_may_nothing;
DROP SCHEMA what_roles_may CASCADE;
