-- Several installations in one database: the search_path decides which one is read, names may be anything,
-- a schema may be renamed, dropped and made anew in the middle of a session.
-- The views need 15. For earlier versions there is expected/install_schemas_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;

-- Two side by side, one of them under a name that needs every kind of care.
CREATE SCHEMA tenant_one;
CREATE SCHEMA "Tenant's 100% ""two"".x\y";
\set two '"Tenant\'s 100% ""two"".x\\y"'
SELECT action, count(*) FROM tasker_install('tenant_one', verbose => true) GROUP BY action ORDER BY action;
SELECT action, count(*) FROM tasker_install('Tenant''s 100% "two".x\y', verbose => true) GROUP BY action ORDER BY action;
\set ECHO none
SET search_path = tenant_one, public;
\i :helpers
SET search_path = :two, public;
\i :helpers
\set ECHO all
SET search_path = tenant_one, public;
SELECT make_task(1, 11, 2, '{{1,2}}');
SET search_path = :two, public;
SELECT make_task(1, 21, 2, '{{1,2}}'), make_task(2, 31, 1), move_step(21, 'complete');

-- Every management function works there, and every command that is offered can be run as it is.
SELECT object, action, detail FROM tasker_install(verbose => true) WHERE object !~ '^trigger' AND object !~ 'tasker_[^c]';
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action;
SELECT check_name, object, detail FROM tasker_doctor();
-- However the server writes a backslash of the name back.
SET standard_conforming_strings = off;
SELECT check_name, object, detail FROM tasker_doctor();
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action;
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action;
RESET standard_conforming_strings;
SELECT check_name, object, detail FROM tasker_doctor();
UPDATE tasker_core_steps SET state = 'error' WHERE workflow_step_id = 22;
ALTER TABLE tasker_tasks DISABLE TRIGGER tasker_core_sync_insert;
ALTER TABLE tasker_workflow_steps ALTER COLUMN retry_limit DROP DEFAULT;
ALTER TABLE tasker_workflow_step_edges DROP CONSTRAINT fk_rails_7b4652ccf2;
DROP INDEX index_tasks_on_identity_hash;
CREATE INDEX "a ""copy""" ON tasker_tasks (named_task_id);
SELECT check_name, object, fix FROM tasker_doctor();
\o /dev/null
SELECT fix FROM tasker_doctor() \gexec
\o
SELECT check_name, object, fix FROM tasker_doctor();

-- Each answers for itself; the ids of one mean nothing in the other.
SELECT workflow_step_id, task_id FROM tasker_ready_steps_of_tasks(ARRAY[1, 2]);
SELECT t.task_id, t.total_steps FROM get_task_execution_contexts_batch(ARRAY[1, 2]) AS t;
SET search_path = tenant_one, public;
SELECT workflow_step_id, task_id FROM tasker_ready_steps_of_tasks(ARRAY[1, 2]);
SELECT tasker_explain_step(31);
-- The first of the search_path that has the tables.
SET search_path = pg_catalog, tenant_one, :two, public;
SELECT workflow_step_id, task_id FROM tasker_ready_steps_of_tasks(ARRAY[1, 2]);

-- A renamed schema goes on working in the same session, for reads and for writes.
SET search_path = tenant_one, public;
ALTER SCHEMA tenant_one RENAME TO tenant_three;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
SET search_path = tenant_three, public;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (11, 'complete', 10, '2026-01-01', '2026-01-01');
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at)
VALUES (DEFAULT, 'the sequence follows', '2026-01-01', '2026-01-01') ON CONFLICT DO NOTHING;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
-- Only the views go by names, so that columns can change their types: they say so, until they are installed again.
SELECT count(*) FROM tasker_core_current_tasks;
SELECT check_name, object, detail FROM tasker_doctor();
SELECT object, action FROM tasker_install();
SELECT task_id, state FROM tasker_core_current_tasks ORDER BY task_id;

-- Two schemas exchange their names: the answers follow the names, not the memory of the session.
ALTER SCHEMA tenant_three RENAME TO aside;
ALTER SCHEMA :two RENAME TO tenant_three;
ALTER SCHEMA aside RENAME TO :two;
SELECT workflow_step_id, task_id FROM tasker_ready_steps_of_tasks(ARRAY[1, 2]);
SELECT t.task_id, t.total_steps FROM get_task_execution_contexts_batch(ARRAY[1, 2]) AS t;
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id = 21;
SELECT workflow_step_id, task_id FROM tasker_ready_steps_of_tasks(ARRAY[1, 2]);
-- A view never shows the tasks of another installation.
SELECT task_id, state FROM tasker_core_current_tasks ORDER BY task_id;
SELECT workflow_step_id, state FROM tasker_core_current_steps;
SELECT check_name, object, detail FROM tasker_doctor();

SELECT object, action FROM tasker_install() WHERE action <> 'unchanged';
SELECT task_id, state FROM tasker_core_current_tasks ORDER BY task_id;
SELECT check_name, object, detail FROM tasker_doctor();

-- Uninstalling one leaves the other.
SELECT DISTINCT action FROM tasker_uninstall();
SET search_path = :two, public;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
SELECT object, action FROM tasker_install() WHERE action <> 'unchanged';
SELECT check_name, object, detail FROM tasker_doctor();

-- Dropped, and made anew under the same name, in the same session.
DROP SCHEMA tenant_three CASCADE;
DROP SCHEMA :two CASCADE;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
CREATE SCHEMA :two;
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
SELECT DISTINCT action FROM tasker_install() WHERE object !~ '^rows';
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 41, 2, '{{1,2}}');
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
SELECT move_step(41, 'complete');
SELECT workflow_step_id, task_id FROM tasker_ready_steps(1);
SELECT check_name, object, detail FROM tasker_doctor();
DROP SCHEMA :two CASCADE;

-- The extension in a schema of its own, which is in no search_path.
DROP EXTENSION tasker_core;
CREATE SCHEMA "Tasker";
CREATE EXTENSION tasker_core SCHEMA "Tasker";
CREATE SCHEMA app;
SET search_path = app;
SELECT action, count(*) FROM "Tasker".tasker_install(verbose => true) GROUP BY action ORDER BY action;
SELECT action, count(*) FROM "Tasker".tasker_replace_rails_functions() GROUP BY action ORDER BY action;
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 11, 2, '{{1,2}}'), move_step(11, 'complete');
SELECT workflow_step_id, task_id FROM "Tasker".tasker_ready_steps(1);
SELECT s.workflow_step_id, s.ready_for_execution FROM get_step_readiness_status(1) AS s;
SELECT check_name, object, detail FROM "Tasker".tasker_doctor();
ALTER TABLE tasker_tasks DISABLE TRIGGER tasker_core_sync_insert;
\o /dev/null
SELECT fix FROM "Tasker".tasker_doctor() \gexec
\o
-- A role that may read the tables needs USAGE there, too.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA app TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO regress_reader;
SET ROLE regress_reader;
SELECT workflow_step_id FROM "Tasker".tasker_ready_steps(1);
SELECT s.workflow_step_id, s.ready_for_execution FROM get_step_readiness_status(1) AS s;
RESET ROLE;
SELECT check_name, object, detail, fix FROM "Tasker".tasker_doctor();
SELECT fix FROM "Tasker".tasker_doctor() \gexec
SET ROLE regress_reader;
SELECT workflow_step_id FROM "Tasker".tasker_ready_steps(1);
RESET ROLE;
SELECT check_name, object, detail, fix FROM "Tasker".tasker_doctor();

-- It stays where it is; only its schema may get another name.
\set SHOW_CONTEXT never
ALTER EXTENSION tasker_core SET SCHEMA public;
\echo :SQLSTATE
DROP SCHEMA app CASCADE;
DROP EXTENSION tasker_core;
DROP SCHEMA "Tasker";
DROP ROLE regress_reader;
CREATE EXTENSION tasker_core SCHEMA public;
