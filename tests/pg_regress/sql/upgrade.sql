-- An installation knows its layout, and tasker_upgrade() brings it to the layout of the functions. The test replaces the data
-- functions in a transaction, as an upgrade script does, and rolls back.
\pset null -
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE regress_upgrade_owner;
CREATE ROLE regress_upgrade_reader;
CREATE ROLE regress_upgrade_other;
CREATE SCHEMA upgrade AUTHORIZATION regress_upgrade_owner;
GRANT USAGE ON SCHEMA upgrade TO regress_upgrade_reader;
SET search_path = upgrade, public;

-- Nothing is installed, or no schema is there.
SELECT * FROM tasker_upgrade();
SELECT * FROM tasker_upgrade('absent');

SET ROLE regress_upgrade_owner;
SELECT object, action, detail FROM tasker_install(verbose => true) WHERE object ~ 'layout';
SELECT object, action FROM tasker_install(verbose => true) WHERE object ~ 'layout';
SELECT layout, since > now() AT TIME ZONE 'UTC' - interval '1 hour' AS is_recent FROM tasker_core_layout;
SELECT relkind, relowner::regrole, has_table_privilege('regress_upgrade_reader', oid, 'SELECT') AS is_readable, obj_description(oid) FROM pg_class WHERE oid = 'tasker_core_layout'::regclass;
SELECT * FROM tasker_upgrade();
SELECT count(*) FROM tasker_doctor();

-- Any role may read it. Only the owner upgrades, also when there is nothing to do.
SET ROLE regress_upgrade_reader;
SELECT layout FROM tasker_core_layout;
SELECT * FROM tasker_upgrade();
RESET ROLE;
BEGIN READ ONLY;
SELECT * FROM tasker_upgrade();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM tasker_upgrade();
ROLLBACK;

-- Rows that cannot be made again, and a claim that goes on.
SELECT count(*) FROM (SELECT tasker_register_task('{"name":"wait","step_templates":[{"name":"a"},
    {"name":"gate","depends_on_step":"a","wait":{"signal":"go"}}]}')) AS registered;
SELECT count(*) FROM (SELECT tasker_create_task('wait', jsonb_build_object('i', i), options => '{"priority":7}')
                      FROM generate_series(1, 4) AS i) AS created;
SELECT tasker_pause_task(3, 'inspection') IS NOT NULL AS paused;
SELECT count(*) FROM (SELECT tasker_set_limit('step_name', 'a', max_running => 3)) AS limited;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1) \gset
CREATE TABLE public.upgrade_before AS
SELECT 'rule' AS kind, to_jsonb(r) AS kept FROM tasker_core_rules AS r
UNION ALL SELECT 'lease', to_jsonb(l) FROM tasker_core_leases AS l
UNION ALL SELECT 'task', to_jsonb(t) - 'state' - 'state_since' FROM tasker_core_tasks AS t
UNION ALL SELECT 'limit', to_jsonb(l) FROM tasker_core_limits AS l;
SELECT kind, count(*) FROM public.upgrade_before GROUP BY kind ORDER BY kind;
ALTER TABLE public.upgrade_before OWNER TO regress_upgrade_owner;

-- The next layout: a column without a default, one with a constant, a table, an index.
CREATE FUNCTION public.next_layout() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE replace(pg_get_functiondef('_tasker_current_layout()'::regprocedure), 'SELECT 2', 'SELECT 3');
    EXECUTE regexp_replace(pg_get_functiondef('_tasker_expected_side_columns()'::regprocedure), 'VALUES', $row$VALUES
        ('tasker_core_tasks', 11, false, 'deadline_at', 'timestamp without time zone', false, NULL, 'when it must have ended'),
        ('tasker_core_leases', 13, false, 'warned', 'boolean', true, 'false', 'whether its worker was warned'),
        ('tasker_core_calendars', 1, true, 'calendar', 'text', true, NULL, 'the name of a calendar'),
        ('tasker_core_calendars', 2, false, 'days', 'bigint', true, NULL, 'how many days it has'),$row$);
    EXECUTE regexp_replace(pg_get_functiondef('_tasker_expected_side_indexes()'::regprocedure), 'VALUES', $row$VALUES
        ('tasker_core_tasks', 'tasker_core_tasks_deadline_at_idx', 'deadline_at', false, 'deadlines'),$row$);
    EXECUTE replace(pg_get_functiondef('_tasker_lock_tables(regnamespace, text)'::regprocedure),
                    $old$'tasker_core_troubles'$old$, $new$'tasker_core_troubles', 'tasker_core_calendars'$new$);
END
$$;

BEGIN;
CREATE TEMPORARY TABLE functions_before ON COMMIT DROP AS
SELECT pg_get_functiondef(oid) AS definition FROM pg_proc
WHERE proname IN ('_tasker_current_layout', '_tasker_expected_side_columns', '_tasker_expected_side_indexes', '_tasker_lock_tables');
SELECT public.next_layout();
-- One row says all of it. What is behind is no damage to be repaired by hand.
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
-- Work goes on meanwhile: the triggers follow, claims and completions go on.
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (:step, 8, 'provides', '2026-01-01', '2026-01-01');
SELECT parent_step_ids @> ARRAY[:step]::bigint[] AS followed FROM tasker_core_steps WHERE workflow_step_id = 8;
SELECT count(*) FROM tasker_claim_steps('second', 1);
SELECT count(*) FROM tasker_maintain();
SAVEPOINT before;
\set VERBOSITY default
SELECT * FROM tasker_rebuild();
\set VERBOSITY terse
ROLLBACK TO before;
-- Uninstalling needs no upgrade.
SELECT action, count(*) FROM tasker_uninstall(verbose => true) GROUP BY action;
ROLLBACK TO before;

-- The owner upgrades, under row-level security that binds the owner, too.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_upgrade_owner;
SELECT * FROM tasker_upgrade();
SELECT DISTINCT mode FROM pg_locks WHERE relation = 'tasker_core_tasks'::regclass AND mode = 'AccessExclusiveLock';
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
SELECT * FROM tasker_upgrade();
SELECT check_name, object, detail FROM tasker_doctor();
SELECT layout FROM tasker_core_layout;
SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)
FROM pg_attribute WHERE attrelid IN ('tasker_core_tasks'::regclass, 'tasker_core_leases'::regclass) AND attname IN ('deadline_at', 'warned');
SELECT relowner::regrole, has_table_privilege('regress_upgrade_reader', oid, 'SELECT') AS is_readable FROM pg_class WHERE oid = 'tasker_core_calendars'::regclass;
-- Nothing is lost: each row of before is part of a row of now.
SELECT kind, kept FROM public.upgrade_before AS b
WHERE NOT EXISTS (SELECT FROM tasker_core_rules AS r WHERE to_jsonb(r) @> b.kept)
    AND NOT EXISTS (SELECT FROM tasker_core_leases AS l WHERE to_jsonb(l) @> b.kept)
    AND NOT EXISTS (SELECT FROM tasker_core_tasks AS t WHERE to_jsonb(t) @> b.kept)
    AND NOT EXISTS (SELECT FROM tasker_core_limits AS l WHERE to_jsonb(l) @> b.kept);
SELECT count(*) AS completed FROM (SELECT tasker_complete_step(:step, '{}', :'token')) AS call;

-- And an installation that was made with the next layout is the same.
CREATE SCHEMA upgraded_fresh;
SELECT count(*) > 0 AS installed FROM tasker_install('upgraded_fresh');
CREATE FUNCTION pg_temp.shape(schema_name text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s.%s %s %s %s %s', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d WHERE d.adrelid = c.oid AND d.adnum = a.attnum))
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = to_regnamespace(schema_name) AND c.relname ~ '^tasker_core'
$$;
(SELECT 'upgraded', shape FROM pg_temp.shape('upgrade') AS shape EXCEPT SELECT 'upgraded', shape FROM pg_temp.shape('upgraded_fresh') AS shape)
UNION ALL
(SELECT 'fresh', shape FROM pg_temp.shape('upgraded_fresh') AS shape EXCEPT SELECT 'fresh', shape FROM pg_temp.shape('upgrade') AS shape);

-- Back to functions of the layout of before: they work on the columns that they do not know.
DO $$
DECLARE definition text;
BEGIN
    FOR definition IN SELECT f.definition FROM functions_before AS f LOOP EXECUTE definition; END LOOP;
END
$$;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT * FROM tasker_upgrade();
SELECT count(*) FROM tasker_doctor();
SELECT layout FROM tasker_core_layout;
-- And forward again: the columns are there already.
SELECT public.next_layout();
SELECT * FROM tasker_upgrade();
SELECT check_name FROM tasker_doctor();
ROLLBACK;

-- tasker_install() upgrades as well.
BEGIN;
SELECT public.next_layout();
SELECT * FROM tasker_install();
SELECT count(*) FROM tasker_doctor();
ROLLBACK;

-- Side tables of a later layout: columns that no function knows, in each of them, change nothing.
BEGIN;
DO $$
DECLARE side_table text;
BEGIN
    FOR side_table IN SELECT DISTINCT table_name FROM _tasker_expected_side_columns() LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN later_text text, ADD COLUMN later_number integer NOT NULL DEFAULT 7', side_table);
    END LOOP;
END
$$;
SELECT check_name, count(*) FROM tasker_doctor() GROUP BY check_name;
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action;
SELECT action, count(*) FROM tasker_rebuild() GROUP BY action;
SELECT task_id AS task FROM tasker_create_task('wait', '{"i":5}') \gset
SELECT tasker_signal(:task, 'go') IS NOT NULL AS sent;
SELECT tasker_set_limit('namespace', 'default', max_starts => 10, per => '1 minute') IS NOT NULL AS limited;
SELECT tasker_set_config('backoff', '{"default_backoff_seconds":[5]}') > 0 AS set;
SELECT count(*) AS failed FROM (SELECT tasker_fail_step(:step, '{}', claim_token => :'token')) AS call;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => :task) \gset
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT count(*) AS completed FROM (SELECT tasker_complete_step(:step, '{}', :'token')) AS call;
SELECT current_state, count(*) FROM tasker_step_readiness_of_tasks(ARRAY[:task]) GROUP BY current_state ORDER BY 1;
SELECT count(*) FROM tasker_due_tasks('scheduler', 5);
SELECT count(*) FROM tasker_maintain();
SELECT count(*) FROM _tasker_drift('upgrade'::regnamespace);
SELECT kind FROM _tasker_miscounts('upgrade'::regnamespace);
ROLLBACK;

-- Without the view, or with another object in its place.
BEGIN;
DROP VIEW tasker_core_layout;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT * FROM tasker_upgrade();
SELECT count(*) FROM tasker_doctor();
ROLLBACK;
BEGIN;
DROP VIEW tasker_core_layout;
CREATE TABLE tasker_core_layout (layout integer);
SELECT check_name FROM tasker_doctor();
\set VERBOSITY default
SELECT * FROM tasker_install();
\set VERBOSITY terse
ROLLBACK;
-- A view of another role is not evaluated, and not believed.
BEGIN;
DROP VIEW tasker_core_layout;
CREATE FUNCTION public.lure() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE 'lured'; END $$;
CREATE VIEW tasker_core_layout AS SELECT 2 AS layout, public.lure() AS since;
ALTER VIEW tasker_core_layout OWNER TO regress_upgrade_other;
SELECT check_name, fix FROM tasker_doctor();
SELECT * FROM tasker_upgrade();
SELECT relowner::regrole FROM pg_class WHERE oid = 'tasker_core_layout'::regclass;
SELECT layout FROM tasker_core_layout;
ROLLBACK;
-- Neither is what the owner has put there.
BEGIN;
CREATE FUNCTION public.lure() RETURNS timestamp LANGUAGE plpgsql AS $$ BEGIN RAISE 'lured'; END $$;
CREATE OR REPLACE VIEW tasker_core_layout AS SELECT 2 AS layout, public.lure() AS since;
SELECT count(*) FROM tasker_doctor();
SELECT action FROM tasker_upgrade();
SET LOCAL quote_all_identifiers = on;
SELECT action FROM tasker_upgrade();
ROLLBACK;

-- Uninstalling takes it away.
SELECT object, action FROM tasker_uninstall(verbose => true) WHERE object ~ 'layout';
SELECT to_regclass('tasker_core_layout');
SELECT * FROM tasker_upgrade();
DROP SCHEMA upgrade CASCADE;
DROP TABLE public.upgrade_before;
DROP FUNCTION public.next_layout;
DROP ROLE regress_upgrade_owner;
DROP ROLE regress_upgrade_reader;
DROP ROLE regress_upgrade_other;
