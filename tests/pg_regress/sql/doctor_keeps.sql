-- Every command that tasker_doctor() gives is executed in an installation that holds what cannot be rebuilt: rules, signals,
-- configuration, limits, holds, leases, priorities, pauses and parents. Afterwards each row of these is as it was.
\pset null '-'
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA keeps;
SET search_path = keeps, public;
SELECT count(*) > 0 FROM tasker_install();
SELECT named_task_id IS NOT NULL FROM tasker_register_task('{"name":"wait","step_templates":[{"name":"a"},
    {"name":"approval","depends_on_step":"a","wait":{"signal":"go"}},{"name":"pay","depends_on_step":"approval"}]}');
SELECT count(*) FROM (SELECT tasker_create_task('wait', jsonb_build_object('i', i), options => '{"priority":7}')
                      FROM generate_series(1, 5) AS i) AS created;
UPDATE tasker_core_tasks SET parent_task_id = 1 WHERE task_id = 2;
SELECT tasker_pause_task(3, 'inspection');
SELECT is_new FROM tasker_signal(4, 'early', '{"by":"absent"}');
SELECT count(*) FROM (SELECT tasker_set_limit('step_name', 'a', max_running => 3)) AS limited;
SELECT count(*) FROM tasker_set_config('backoff', '{"default_backoff_seconds":[5,10]}');
SELECT count(*) FROM tasker_claim_steps('worker', 2);

-- Everything that installing again does not make anew.
CREATE FUNCTION public.kept() RETURNS TABLE (kind text, line text) LANGUAGE sql AS $$
    SELECT 'rule', (r.workflow_step_id, r.task_id, r.rule, r.signal_name, r.creates_task)::text FROM keeps.tasker_core_rules AS r
    UNION ALL SELECT 'signal', (s.task_id, s.name, s.payload)::text FROM keeps.tasker_core_signals AS s
    UNION ALL SELECT 'config', (c.section, c.scope, c.options, c.version)::text FROM keeps.tasker_core_config AS c
    UNION ALL SELECT 'config version', (v.version, v.section, v.options)::text FROM keeps.tasker_core_config_versions AS v
    UNION ALL SELECT 'limit', l::text FROM keeps.tasker_core_limits AS l
    UNION ALL SELECT 'hold', (h.bucket, h.place, h.workflow_step_id)::text FROM keeps.tasker_core_holds AS h
    UNION ALL SELECT 'lease', (l.workflow_step_id, l.claim_token, l.worker, l.lease_until)::text FROM keeps.tasker_core_leases AS l
    UNION ALL SELECT 'task', (t.task_id, t.priority, t.paused_at, t.pause_reason, t.parent_task_id)::text FROM keeps.tasker_core_tasks AS t
    -- What the functions say of it.
    UNION ALL SELECT 'step', (s.task_id, s.step_name, s.current_state, s.blocking_reason)::text
    FROM tasker_step_readiness_of_tasks((SELECT array_agg(t.task_id) FROM keeps.tasker_tasks AS t)) AS s
$$;
CREATE TABLE public.kept_before AS SELECT * FROM kept();
SELECT kind, count(*) FROM kept_before GROUP BY kind ORDER BY kind;

-- What the doctor says is done, twice: rows can only be looked at where the tables are sound.
\set commands 'SELECT fix FROM tasker_doctor(''keeps'') WHERE fix !~ ''^--'''
\set compare 'SELECT ''still'', check_name, detail FROM tasker_doctor(''keeps'') UNION ALL SELECT ''lost'', b.* FROM (SELECT * FROM public.kept_before EXCEPT SELECT * FROM public.kept()) AS b UNION ALL SELECT ''new'', k.* FROM (SELECT * FROM public.kept() EXCEPT SELECT * FROM public.kept_before) AS k ORDER BY 1, 2, 3;'

\echo == a trigger, a check, a rule, an index: kept, and the doctor only mentions them
CREATE FUNCTION wake() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER audit AFTER INSERT ON tasker_core_rules FOR EACH STATEMENT EXECUTE FUNCTION wake();
ALTER TABLE tasker_core_limits ADD CONSTRAINT sensible CHECK (max_running < 1000);
CREATE INDEX by_month ON tasker_core_tasks (date_trunc('month', created_at));
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action;
SELECT action, count(*) FROM tasker_rebuild() GROUP BY action;
DROP TRIGGER audit ON tasker_core_rules;
ALTER TABLE tasker_core_limits DROP CONSTRAINT sensible;
DROP INDEX by_month;
:compare

\echo == a rule: no statement of ours works with it
CREATE RULE noted AS ON DELETE TO tasker_core_signals DO ALSO NOTIFY gone;
\o /dev/null
:commands \gexec
\o
:compare
DROP RULE noted ON tasker_core_signals;

\echo == added columns are no problem, unless rows cannot be inserted without them
ALTER TABLE tasker_core_rules ADD COLUMN note text, ADD COLUMN seen boolean NOT NULL DEFAULT false;
SELECT count(*) FROM tasker_doctor();
ALTER TABLE tasker_core_rules ALTER COLUMN seen DROP DEFAULT;
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare
ALTER TABLE tasker_core_rules DROP COLUMN note, DROP COLUMN seen;

\echo == columns that were altered or dropped
ALTER TABLE tasker_core_rules ALTER COLUMN signal_name TYPE varchar(100), ALTER COLUMN creates_task DROP DEFAULT;
ALTER TABLE tasker_core_limits ALTER COLUMN max_running TYPE bigint, DROP COLUMN per;
ALTER TABLE tasker_core_leases ALTER COLUMN worker DROP NOT NULL;
ALTER TABLE tasker_core_config ALTER COLUMN options SET DEFAULT '{}';
ALTER TABLE tasker_core_tasks DROP COLUMN state, DROP COLUMN created_at;
ALTER TABLE tasker_core_steps DROP COLUMN parent_step_ids, DROP COLUMN has_rule;
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare

\echo == primary keys, storage, inheritance
ALTER TABLE tasker_core_signals DROP CONSTRAINT tasker_core_signals_pkey;
ALTER TABLE tasker_core_config_versions SET UNLOGGED;
CREATE TABLE more_leases () INHERITS (tasker_core_leases);
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare
DROP TABLE more_leases;

\echo == triggers, indexes, tables
DROP TRIGGER tasker_core_sync_insert ON tasker_tasks;
ALTER TABLE tasker_workflow_steps DISABLE TRIGGER ALL;
DROP INDEX tasker_core_rules_waited_task_id_idx;
DROP TABLE tasker_core_hints, tasker_core_counts, tasker_core_timers;
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare

\echo == another owner, with a trigger of its own: the table is set aside, what it held is copied
CREATE ROLE regress_keeps;
GRANT USAGE, CREATE ON SCHEMA keeps TO regress_keeps;
CREATE FUNCTION keeps.mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION keeps.mine() OWNER TO regress_keeps;
CREATE TRIGGER mine BEFORE INSERT ON tasker_core_rules FOR EACH ROW EXECUTE FUNCTION keeps.mine();
CREATE TRIGGER mine BEFORE INSERT ON tasker_core_tasks FOR EACH ROW EXECUTE FUNCTION keeps.mine();
ALTER TABLE tasker_core_rules OWNER TO regress_keeps;
ALTER TABLE tasker_core_tasks OWNER TO regress_keeps;
SELECT action FROM tasker_install();
\echo :SQLSTATE
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'keeps'::regnamespace AND c.relname ~ '^other' AND c.relkind = 'r' ORDER BY 1;
DROP TABLE other1_tasker_core_rules, other1_tasker_core_tasks;

\echo == something else has the name of a side table
ALTER TABLE tasker_core_counts RENAME TO hidden;
CREATE VIEW tasker_core_counts AS SELECT 1 AS one;
\o /dev/null
:commands \gexec
:commands \gexec
\o
:compare
DROP VIEW other1_tasker_core_counts;
DROP TABLE hidden;

\echo == the hint of tasker_install() works as it stands
ALTER TABLE tasker_core_rules OWNER TO regress_keeps, ADD CONSTRAINT theirs CHECK (true);
CREATE TEMPORARY TABLE advice (command text);
DO $$
DECLARE
    advice text;
BEGIN
    PERFORM tasker_install();
EXCEPTION WHEN duplicate_table THEN
    GET STACKED DIAGNOSTICS advice = PG_EXCEPTION_HINT;
    INSERT INTO advice VALUES (substring(advice FROM E'\n(.*)'));
END
$$;
\o /dev/null
SELECT command FROM advice \gexec
\o
:compare
DROP TABLE other1_tasker_core_rules;

\echo == rows that were written while the triggers were off
ALTER TABLE tasker_tasks DISABLE TRIGGER ALL;
ALTER TABLE tasker_workflow_steps DISABLE TRIGGER ALL;
ALTER TABLE tasker_workflow_step_transitions DISABLE TRIGGER ALL;
INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
VALUES (1, '2026-01-01', 'unseen', '2026-01-01', '2026-01-01');
INSERT INTO tasker_workflow_steps (task_id, named_step_id, created_at, updated_at)
SELECT max(task_id), 1, '2026-01-01', '2026-01-01' FROM tasker_tasks;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = 5);
DELETE FROM tasker_workflow_steps WHERE task_id = 5;
-- In another order than the doctor's: first the triggers, as Rails enables them again.
ALTER TABLE tasker_tasks ENABLE TRIGGER ALL;
ALTER TABLE tasker_workflow_steps ENABLE TRIGGER ALL;
ALTER TABLE tasker_workflow_step_transitions ENABLE TRIGGER ALL;
SELECT check_name, object, detail FROM tasker_doctor() WHERE check_name !~ '^trigger' ORDER BY check_name, object;
SELECT count(*) > 0 FROM tasker_install();
SELECT count(*) FROM tasker_doctor();
SELECT t.state, (SELECT string_agg(s.state, ',') FROM tasker_core_steps AS s WHERE s.task_id = t.task_id)
FROM tasker_core_tasks AS t WHERE t.task_id >= 5 ORDER BY t.task_id;

DROP SCHEMA keeps CASCADE;
DROP FUNCTION public.kept;
DROP TABLE public.kept_before;
DROP ROLE regress_keeps;
