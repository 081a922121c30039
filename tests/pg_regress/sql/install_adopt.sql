-- tasker_install() in a database that the Rails engine has been using: it adopts the tables, says what is not
-- as the engine defines it, makes the side rows, and changes nothing that is not its own.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE regress_engine;
CREATE SCHEMA adopt AUTHORIZATION regress_engine;
SET search_path = adopt, public;

-- The tables as the migrations leave them, some of their redundant indexes included, and data of all kinds:
-- tasks with and without transitions, histories, cycles, steps of NULLs.
SET ROLE regress_engine;
SELECT count(*) > 0 AS made FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT count(*) > 0 AS only_tables_are_left FROM tasker_uninstall();
RESET ROLE;
CREATE INDEX idx_step_transitions_most_recent ON tasker_workflow_step_transitions (workflow_step_id, most_recent) WHERE most_recent = true;
CREATE INDEX index_workflow_steps_by_task ON tasker_workflow_steps (task_id);
CREATE INDEX index_step_edges_dependency_pair ON tasker_workflow_step_edges (to_step_id, from_step_id);
CREATE INDEX index_step_transitions_failures_with_timing ON tasker_workflow_step_transitions (workflow_step_id, created_at)
WHERE to_state = 'failed';
SELECT count(make_task(task, task * 100, 6, '{{1,2},{1,3},{2,4},{3,4},{4,5},{5,6}}')) AS tasks FROM generate_series(1, 20) AS task;
SELECT count(move_step(task * 100 + step, state)) AS transitions
FROM generate_series(1, 19) AS task
CROSS JOIN generate_series(0, task % 6) AS step
CROSS JOIN LATERAL unnest((ARRAY['in_progress', 'error', 'pending', 'in_progress', 'complete', 'cancelled'])[1 : (task + step) % 7]) AS state;
SELECT count(move_task(task, 'in_progress')) AS transitions FROM generate_series(1, 10) AS task;
UPDATE tasker_workflow_steps SET attempts = NULL, retry_limit = NULL, last_attempted_at = '2026-01-01', backoff_request_seconds = 30
WHERE workflow_step_id % 5 = 0;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (105, 101, 'cycle', '2026-01-01', '2026-01-01'), (100, 101, 'again', '2026-01-01', '2026-01-01');

DROP FUNCTION make_task, move_step, move_task;

-- What is there, catalog and data, but for the names of the extension.
CREATE FUNCTION public.contents() RETURNS TABLE (object text, content text) LANGUAGE plpgsql AS $$
DECLARE
    seen record;
BEGIN
    FOR seen IN SELECT c.oid::regclass AS relation, c.relkind FROM pg_class AS c
                WHERE c.relnamespace = 'adopt'::regnamespace AND c.relname !~ 'tasker_core' AND c.relkind IN ('r', 'S') LOOP
        object := seen.relation;
        EXECUTE format(CASE WHEN seen.relkind = 'r' THEN 'SELECT md5(string_agg(concat(t.xmin, t.ctid, t), chr(10) ORDER BY t::text)) FROM %s AS t'
                            ELSE 'SELECT last_value::text FROM %s' END, seen.relation) INTO content;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY
        SELECT 'relation ' || c.relname, concat_ws(' ', c.oid, c.relfilenode, c.relowner, c.relacl::text, c.reloptions)
        FROM pg_class AS c WHERE c.relnamespace = 'adopt'::regnamespace AND c.relname !~ 'tasker_core'
        UNION ALL
        SELECT 'column ' || c.relname || '.' || a.attname,
            concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'adopt'::regnamespace AND c.relname !~ 'tasker_core'
        UNION ALL
        SELECT 'constraint ' || k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint AS k WHERE k.connamespace = 'adopt'::regnamespace AND k.conname !~ 'tasker_core'
        UNION ALL
        SELECT 'index ' || i.indexname, i.indexdef FROM pg_indexes AS i WHERE i.schemaname = 'adopt' AND i.indexname !~ 'tasker_core'
        UNION ALL
        SELECT 'trigger ' || t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger AS t
        WHERE t.tgname !~ 'tasker_core' AND NOT t.tgisinternal
        UNION ALL
        SELECT 'function ' || p.proname, pg_get_functiondef(p.oid) FROM pg_proc AS p
        WHERE p.pronamespace = 'adopt'::regnamespace AND p.proname !~ 'tasker_core';
END
$$;
CREATE TABLE public.before_adoption AS SELECT object, content FROM public.contents();
SELECT count(*) > 150 AS compared FROM public.before_adoption;

-- Adopted by another role than the owner: the side tables belong to the owner.
SELECT action, object, detail FROM tasker_install(verbose => true) WHERE object !~ '^trigger';
SELECT side_table, row_id, problem FROM _tasker_drift('adopt'::regnamespace);
SELECT state, count(*) FROM tasker_core_steps GROUP BY state ORDER BY state;
SELECT c.relname, c.relowner::regrole AS owner FROM pg_class AS c WHERE c.relname ~ '^tasker_core_(steps|tasks)$' ORDER BY c.relname;
SELECT object, content FROM public.before_adoption EXCEPT SELECT object, content FROM public.contents();
SELECT object, content FROM public.contents() EXCEPT SELECT object, content FROM public.before_adoption;
-- Redundant indexes are left alone too, but named.
SELECT severity, check_name, object, regexp_replace(detail, ' \(\d+ \w+\)$', '') AS detail, fix FROM tasker_doctor();

-- Differences that do no harm to the side rows: reported, each with the command that removes it, and left alone.
SELECT DISTINCT action FROM tasker_uninstall();
ALTER TABLE tasker_workflow_step_edges DROP COLUMN name;
ALTER TABLE tasker_workflow_steps ALTER COLUMN retry_limit SET DEFAULT 5, ALTER COLUMN results TYPE json, ADD COLUMN note text;
UPDATE tasker_tasks SET reason = '' WHERE reason IS NULL;
ALTER TABLE tasker_tasks ALTER COLUMN reason SET NOT NULL, ADD COLUMN tenant integer NOT NULL DEFAULT 1;
ALTER TABLE tasker_named_tasks ADD COLUMN tenant integer;
UPDATE tasker_named_tasks SET tenant = 1;
ALTER TABLE tasker_named_tasks ALTER COLUMN tenant SET NOT NULL;
ALTER TABLE tasker_tasks RENAME CONSTRAINT tasks_named_task_id_foreign TO another_name;
ALTER TABLE tasker_workflow_step_edges DROP CONSTRAINT fk_rails_7b4652ccf2;
ALTER TABLE tasker_workflow_steps DROP CONSTRAINT workflow_steps_task_id_foreign,
    ADD CONSTRAINT workflow_steps_task_id_foreign FOREIGN KEY (task_id) REFERENCES tasker_tasks (task_id) ON DELETE CASCADE;
DROP INDEX index_tasks_on_identity_hash;
DROP INDEX idx_on_workflow_step_id_sort_key_4d476d7adb;
ALTER INDEX index_tasker_task_transitions_on_task_id_and_sort_key RENAME TO another_name;
DROP INDEX idx_step_edges_from_to;
ALTER TABLE tasker_task_transitions ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE tasker_task_transitions_id_seq;
-- A sequence of another name, an identity and unlimited text are as good.
ALTER SEQUENCE tasker_tasks_task_id_seq RENAME TO another_sequence;
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN id DROP DEFAULT;
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN to_state TYPE text;
SELECT object, detail FROM tasker_install(verbose => true) WHERE action = 'differs';
SELECT side_table, row_id, problem FROM _tasker_drift('adopt'::regnamespace);
SELECT severity, check_name, object, fix FROM tasker_doctor() WHERE check_name <> 'redundant_index';
-- The commands work, one after the other; only a new column that cannot be empty needs values.
ALTER TABLE tasker_workflow_step_edges ADD COLUMN name varchar NOT NULL DEFAULT 'provides';
ALTER TABLE tasker_workflow_step_edges ALTER COLUMN name DROP DEFAULT;
SELECT unnest(string_to_array(rtrim(fix, ';'), '; ')) FROM tasker_doctor()
WHERE check_name NOT IN ('redundant_index', 'cycle') \gexec
SELECT severity, check_name, object, detail, fix FROM tasker_doctor() WHERE check_name <> 'redundant_index';
SELECT nextval('tasker_task_transitions_id_seq') > max(id) AS sequence_is_past_the_rows FROM tasker_task_transitions;

-- A column without which there are no side rows: nothing is installed, and all such columns are listed.
SELECT action, count(*) FROM tasker_uninstall(verbose => true) GROUP BY action;
ALTER TABLE tasker_workflow_steps RENAME COLUMN attempts TO tries;
ALTER TABLE tasker_workflow_steps ALTER COLUMN created_at TYPE timestamptz, ALTER COLUMN retryable DROP NOT NULL;
ALTER TABLE tasker_workflow_step_transitions RENAME COLUMN most_recent TO "Most Recent";
\set SHOW_CONTEXT never
SELECT action, object FROM tasker_install();
\echo :SQLSTATE
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'adopt'::regnamespace AND c.relname ~ 'tasker_core';
ALTER TABLE tasker_workflow_steps RENAME COLUMN tries TO attempts;
ALTER TABLE tasker_workflow_steps ALTER COLUMN created_at TYPE timestamp(6), ALTER COLUMN retryable SET NOT NULL;
ALTER TABLE tasker_workflow_step_transitions RENAME COLUMN "Most Recent" TO most_recent;

-- Names that are taken.
CREATE TABLE tasker_core_tasks (id integer);
SELECT action, object FROM tasker_install();
\echo :SQLSTATE
DROP TABLE tasker_core_tasks;
CREATE VIEW tasker_core_steps AS SELECT 1 AS workflow_step_id;
SELECT action, object FROM tasker_install();
\echo :SQLSTATE
DROP VIEW tasker_core_steps;
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER tasker_core_sync_insert AFTER INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION noted();
SELECT action, object FROM tasker_install();
\echo :SQLSTATE
DROP TRIGGER tasker_core_sync_insert ON tasker_tasks;
ALTER TABLE tasker_task_annotations RENAME TO annotations;
CREATE VIEW tasker_task_annotations AS SELECT task_annotation_id FROM annotations;
SELECT action, object FROM tasker_install();
\echo :SQLSTATE
DROP VIEW tasker_task_annotations;
ALTER TABLE annotations RENAME TO tasker_task_annotations;

-- Some tables are there, others not: those are completed for the same owner.
DROP TABLE tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_workflow_steps;
SELECT action, object, detail FROM tasker_install(verbose => true) WHERE object !~ '^trigger' AND action <> 'adopted';
SELECT c.relowner::regrole AS owner, c.relkind, count(*) FROM pg_class AS c
WHERE c.relnamespace = 'adopt'::regnamespace GROUP BY c.relowner, c.relkind ORDER BY c.relkind;
SELECT check_name, object FROM tasker_doctor() WHERE check_name <> 'redundant_index';

DROP SCHEMA adopt CASCADE;
DROP TABLE public.before_adoption;
DROP FUNCTION public.contents();
DROP ROLE regress_engine;
