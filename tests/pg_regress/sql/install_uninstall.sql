-- tasker_uninstall() takes away what tasker_install() brought, and no more; DROP EXTENSION is refused while
-- something hangs on it, and with CASCADE it loses neither tables nor data.
-- The views need 15. For earlier versions there is expected/install_uninstall_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA leaving;
SET search_path = leaving, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 11, 3, '{{1,2},{1,3}}'), move_step(11, 'complete'), move_task(1, 'in_progress');
SELECT action, object FROM tasker_replace_rails_functions();
SELECT nextval('tasker_tasks_task_id_seq'), nextval('tasker_tasks_task_id_seq');

-- Everything that is not ours, catalog and data.
CREATE FUNCTION contents() RETURNS TABLE (object text, content text) LANGUAGE plpgsql AS $$
DECLARE
    seen record;
BEGIN
    FOR seen IN SELECT c.relname, c.relkind FROM pg_class AS c
                WHERE c.relnamespace = 'leaving'::regnamespace AND c.relname !~ 'tasker_core'
                    AND c.relkind IN ('r', 'S') ORDER BY c.relname LOOP
        object := seen.relname;
        IF seen.relkind = 'r' THEN
            EXECUTE format('SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %I AS t', seen.relname) INTO content;
        ELSE
            EXECUTE format('SELECT last_value::text FROM %I', seen.relname) INTO content;
        END IF;
        RETURN NEXT;
    END LOOP;
    RETURN QUERY
        SELECT 'relation ' || c.relname, concat_ws(' ', c.oid, c.relfilenode, c.relowner, c.relacl::text)
        FROM pg_class AS c WHERE c.relnamespace = 'leaving'::regnamespace AND c.relname !~ 'tasker_core' AND c.relkind <> 'v'
        UNION ALL
        SELECT 'column ' || c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef)
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'leaving'::regnamespace AND c.relname !~ 'tasker_core' AND c.relkind <> 'v'
        UNION ALL
        SELECT 'constraint ' || k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint AS k WHERE k.connamespace = 'leaving'::regnamespace AND k.conname !~ 'tasker_core';
END
$$;
CREATE TABLE before_leaving AS SELECT object, content FROM contents() WHERE object !~ 'before_leaving';
SELECT count(*) > 100 AS compared FROM before_leaving;

SELECT action, object, detail FROM tasker_uninstall(verbose => true);

-- Nothing of ours is left, and nothing else is changed.
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'leaving'::regnamespace AND (c.relname ~ 'tasker_core' OR c.relkind = 'v');
SELECT t.tgname FROM pg_trigger AS t WHERE NOT t.tgisinternal;
SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'leaving'::regnamespace AND p.proname ~ '^(get_|tasker_)';
SELECT object, content FROM before_leaving EXCEPT SELECT object, content FROM contents();
SELECT object, content FROM contents() WHERE object !~ 'before_leaving' EXCEPT SELECT object, content FROM before_leaving;
SELECT move_step(12, 'in_progress');
SELECT workflow_step_id FROM tasker_ready_steps(1);
\echo :SQLSTATE

-- A second time there is nothing to do.
SELECT action, object, detail FROM tasker_uninstall(verbose => true);

-- A side table that was changed stays; so do objects that depend on one.
SELECT count(*) > 0 AS installed FROM tasker_install();
ALTER TABLE tasker_core_tasks ADD COLUMN note text;
CREATE VIEW waiting AS SELECT s.workflow_step_id FROM tasker_core_steps AS s WHERE s.state = 'pending';
\set VERBOSITY terse
SELECT action, object FROM tasker_uninstall(verbose => true);
\set VERBOSITY default
DROP VIEW waiting;
SELECT action, object, detail FROM tasker_uninstall(verbose => true) WHERE object ~ '^table';
DROP TABLE tasker_core_tasks;

-- Install again: the side rows are made anew.
SELECT action, object, detail FROM tasker_install(verbose => true) WHERE object ~ '^rows';
SELECT check_name, object, detail FROM tasker_doctor();

-- The extension cannot be dropped while triggers and wrappers call it: the writes of Rails would fail.
CREATE FUNCTION get_task_execution_context(input_task_id bigint) RETURNS TABLE (
    task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,
    in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,
    execution_status text, recommended_action text, completion_percentage numeric, health_status text)
LANGUAGE sql AS $$ SELECT 0::bigint, 0, 'the original', 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, '', '', 0.0, '' $$;
SELECT action, object, detail FROM tasker_replace_rails_functions();
\set VERBOSITY terse
DROP EXTENSION tasker_core;
\set VERBOSITY default

-- With CASCADE triggers and wrappers go. Tables and data stay, and the engine goes on writing.
DROP EXTENSION tasker_core CASCADE;
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'leaving'::regnamespace AND c.relkind = 'r' AND c.relname <> 'before_leaving' ORDER BY c.relname;
SELECT t.tgname FROM pg_trigger AS t WHERE NOT t.tgisinternal;
SELECT count(*) AS workflow_steps FROM tasker_workflow_steps;
SELECT make_task(2, 21, 2, '{{1,2}}'), move_step(21, 'complete'), move_step(13, 'complete');
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id = 12;
SELECT p.oid::regprocedure AS kept FROM pg_proc AS p WHERE p.proname ~ '^tasker_core_original';

-- Created again, it says what is wrong, and one call for each makes up for the time without it.
CREATE EXTENSION tasker_core SCHEMA public;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor()
WHERE check_name NOT IN ('trigger_missing', 'drift');
SELECT severity, check_name, count(*), min(detail) AS first_detail, min(fix) AS fix FROM tasker_doctor()
WHERE check_name IN ('trigger_missing', 'drift') GROUP BY severity, check_name ORDER BY check_name;
SELECT action, count(*) FROM tasker_install(verbose => true) WHERE object !~ '^rows' GROUP BY action ORDER BY action;
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT status FROM get_task_execution_context(1);
SELECT check_name, object, detail FROM tasker_doctor();
SELECT workflow_step_id, state, parent_step_ids FROM tasker_core_steps ORDER BY workflow_step_id;

DROP SCHEMA leaving CASCADE;
