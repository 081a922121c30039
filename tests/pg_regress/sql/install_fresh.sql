-- tasker_install() in an empty schema: it creates the 13 tables of the Rails engine, the side tables and
-- the triggers. Run again, it changes nothing, not even a catalog row.
-- The views need 15. For earlier versions there is expected/install_fresh_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA fresh;
SET search_path = fresh, public;

-- Before: nothing is there, and the doctor says how to begin.
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();

SELECT action, object, detail FROM tasker_install(verbose => true);

-- The columns of each table in order: ! stands for NOT NULL.
SELECT
    c.relname AS table_name,
    string_agg(concat_ws(' ',
        a.attname || CASE WHEN a.attnotnull THEN '!' ELSE '' END,
        format_type(a.atttypid, a.atttypmod),
        '= ' || pg_get_expr(d.adbin, d.adrelid)), E'\n' ORDER BY a.attnum) AS columns
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'fresh'::regnamespace AND c.relkind = 'r'
GROUP BY c.relname
ORDER BY c.relname;

-- From 18 on, NOT NULL has a row of its own.
SELECT k.conrelid::regclass AS table_name, k.conname AS constraint_name, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint AS k
WHERE k.connamespace = 'fresh'::regnamespace AND k.contype <> 'n'
ORDER BY k.contype DESC, k.conrelid::regclass::text, k.conname;

-- A sequence belongs to its column and has its type.
SELECT c.relname AS sequence_name, d.refobjid::regclass || '.' || a.attname AS belongs_to, format_type(s.seqtypid, NULL) AS type
FROM pg_class AS c
JOIN pg_sequence AS s ON s.seqrelid = c.oid
LEFT JOIN pg_depend AS d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'
LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relnamespace = 'fresh'::regnamespace
ORDER BY c.relname;

-- The indexes beside the primary keys.
SELECT tablename AS table_name, replace(indexdef, 'fresh.', '') AS definition
FROM pg_indexes
WHERE schemaname = 'fresh' AND indexname NOT LIKE '%pkey'
ORDER BY tablename, indexname;

-- The triggers; A: always enabled.
SELECT t.tgrelid::regclass AS table_name, t.tgname AS trigger_name, t.tgenabled AS enabled, t.tgfoid::regproc AS function_name
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'fresh'::regnamespace AND NOT t.tgisinternal
ORDER BY t.tgrelid::regclass::text, t.tgname;

-- What the extension attaches to the schema is no member of the extension.
SELECT count(*) AS members
FROM pg_depend AS d
JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
WHERE c.relnamespace = 'fresh'::regnamespace;

-- All of it carries a comment.
SELECT c.relname, a.attname
FROM pg_class AS c
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum >= 0 AND c.relkind = 'r' AND NOT a.attisdropped
WHERE c.relnamespace = 'fresh'::regnamespace AND c.relname ~ '^tasker_core' AND c.relname !~ 'pkey$'
    AND (col_description(c.oid, a.attnum) IS NULL AND a.attnum IS NOT NULL OR obj_description(c.oid, 'pg_class') IS NULL);

-- Only their owner has access to the side tables, and they follow every write.
\set ECHO none
\i :helpers
\set ECHO all
SELECT c.relname, c.relowner::regrole = t.relowner::regrole AS same_owner, c.relacl, c.reloptions
FROM pg_class AS c
CROSS JOIN pg_class AS t
WHERE c.relnamespace = 'fresh'::regnamespace AND c.relname IN ('tasker_core_steps', 'tasker_core_tasks')
    AND t.oid = 'fresh.tasker_workflow_steps'::regclass
ORDER BY c.relname;
SELECT make_task(1, 11, 3, '{{1,2},{2,3}}'), move_step(11, 'complete'), move_step(12, 'in_progress'), move_task(1, 'in_progress');
SELECT workflow_step_id, task_id, state_since, state, parent_step_ids FROM tasker_core_steps ORDER BY workflow_step_id;
SELECT task_id, named_task_id, priority, state FROM tasker_core_tasks;
UPDATE tasker_core_tasks SET priority = 7;

-- The second run: every row says unchanged, and no row of the catalog or of a side table is another version.
CREATE TEMPORARY VIEW row_versions AS
SELECT 'relation' AS kind, c.oid AS id, c.xmin::text AS made_by, c.ctid AS place
FROM pg_class AS c WHERE c.relnamespace = 'fresh'::regnamespace
UNION ALL
SELECT 'column', a.attrelid, a.xmin::text, a.ctid
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'fresh'::regnamespace
UNION ALL
SELECT 'constraint', k.oid, k.xmin::text, k.ctid FROM pg_constraint AS k WHERE k.connamespace = 'fresh'::regnamespace
UNION ALL
SELECT 'trigger', t.oid, t.xmin::text, t.ctid
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'fresh'::regnamespace
UNION ALL
SELECT 'function', p.oid, p.xmin::text, p.ctid FROM pg_proc AS p
WHERE p.pronamespace = 'fresh'::regnamespace OR p.proname ~ '^_?tasker'
UNION ALL
SELECT 'comment', d.objoid, d.xmin::text, d.ctid FROM pg_description AS d
WHERE d.classoid = 'pg_trigger'::regclass
    OR d.objoid IN (SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'fresh'::regnamespace)
UNION ALL
SELECT 'dependency', d.objid, d.xmin::text, d.ctid FROM pg_depend AS d
JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass WHERE c.relnamespace = 'fresh'::regnamespace
UNION ALL
SELECT 'side row', s.workflow_step_id::oid, s.xmin::text, s.ctid FROM tasker_core_steps AS s
UNION ALL
SELECT 'side row', t.task_id::oid, t.xmin::text, t.ctid FROM tasker_core_tasks AS t;
CREATE TEMPORARY TABLE before_second_run AS SELECT kind, id, made_by, place FROM row_versions;
SELECT action, count(*), min(detail) FILTER (WHERE object LIKE 'rows%') AS rows FROM tasker_install(verbose => true) GROUP BY action;
SELECT kind, id, made_by, place FROM before_second_run EXCEPT ALL SELECT kind, id, made_by, place FROM row_versions;
SELECT kind, id, made_by, place FROM row_versions EXCEPT ALL SELECT kind, id, made_by, place FROM before_second_run;
SELECT kind, count(*) > 1 AS compared FROM before_second_run GROUP BY kind ORDER BY kind;

-- A row for each kind of object, unless there is more to say of one.
SELECT object, action, detail FROM tasker_install();
ALTER TABLE tasker_tasks DISABLE TRIGGER tasker_core_sync_insert;
DROP TABLE tasker_core_timers;
ALTER TABLE tasker_tasks ALTER COLUMN initiator TYPE varchar(64);
SELECT object, action, detail FROM tasker_install();
ALTER TABLE tasker_tasks ALTER COLUMN initiator TYPE varchar(128);

-- The same when the schema is named, whatever the search_path; and a rebuild finds nothing to do.
SET search_path = pg_catalog;
SELECT action, count(*) FROM public.tasker_install(target_schema => 'fresh', verbose => true) GROUP BY action;
SELECT object, action, detail FROM public.tasker_rebuild(target_schema => 'fresh');
SET search_path = fresh, public;

-- Settings that change how the server writes its catalog back do not make it see differences.
SET quote_all_identifiers = on;
SET standard_conforming_strings = off;
SET TimeZone = 'Asia/Kolkata';
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action;
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action;
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT task_id, priority FROM tasker_core_tasks;
-- Nor when the extension itself is created under them.
DROP VIEW row_versions;
SELECT object, action FROM tasker_uninstall();
DROP EXTENSION tasker_core;
CREATE EXTENSION tasker_core;
SELECT object, action FROM tasker_install();
SELECT object, action FROM tasker_install();
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
RESET quote_all_identifiers;
RESET standard_conforming_strings;
RESET TimeZone;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
DROP SCHEMA fresh CASCADE;

-- A schema of its own.
SELECT object, action FROM tasker_install('fresh');
\echo :SQLSTATE
SELECT object, action FROM tasker_install(create_schema => true);
\echo :SQLSTATE
SELECT object, action, detail FROM tasker_install('fresh', create_schema => true);
SELECT object, action, detail FROM tasker_install('fresh', create_schema => true);
SELECT n.nspowner::regrole AS owner, n.nspacl FROM pg_namespace AS n WHERE n.nspname = 'fresh';
DROP SCHEMA fresh CASCADE;
-- It takes the privilege to create schemas; what is made belongs to who made it.
CREATE ROLE regress_creator;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_creator', current_database()); END $$;
SET ROLE regress_creator;
SELECT object, action, detail FROM tasker_install('Of its own', create_schema => true);
SELECT severity, check_name FROM tasker_doctor('Of its own');
SELECT object, action, detail FROM tasker_uninstall('Of its own');
DROP SCHEMA "Of its own" CASCADE;
RESET ROLE;
DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_creator', current_database()); END $$;
SET ROLE regress_creator;
SELECT object, action FROM tasker_install('Of its own', create_schema => true);
\echo :SQLSTATE
SELECT to_regnamespace('"Of its own"');
RESET ROLE;
DROP ROLE regress_creator;
