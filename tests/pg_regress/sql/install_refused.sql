-- When the management functions refuse to work, with SQLSTATE and message: isolation levels, schemas that do
-- not exist or cannot be meant, roles without the rights, read-only transactions.
-- The views need 15. For earlier versions there is expected/install_refused_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA refused;
CREATE SCHEMA elsewhere;
SELECT count(*) > 0 AS installed FROM tasker_install('refused');
\set SHOW_CONTEXT never

-- A snapshot that is older than the locks would miss what was committed in between.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT object, action FROM tasker_install('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT object, action FROM tasker_install('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT object, action FROM tasker_rebuild('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT object, action FROM tasker_uninstall('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT object, action FROM tasker_replace_rails_functions('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT object, action FROM tasker_restore_rails_functions('refused');
\echo :SQLSTATE
ROLLBACK;

-- The doctor only reads.
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT check_name FROM tasker_doctor('refused');
ROLLBACK;

-- A schema that does not exist; names are taken as they are, not folded.
SELECT object, action FROM tasker_install('nowhere');
\echo :SQLSTATE
SELECT object, action FROM tasker_install('Refused');
\echo :SQLSTATE
SELECT object, action FROM tasker_uninstall('refused; DROP SCHEMA refused');
\echo :SQLSTATE
SELECT check_name FROM tasker_doctor('nowhere');
\echo :SQLSTATE

-- No schema is named, and the search_path leads nowhere.
SET search_path = '';
SELECT object, action FROM public.tasker_install();
\echo :SQLSTATE
SELECT object, action FROM public.tasker_rebuild(NULL);
\echo :SQLSTATE
SELECT check_name FROM public.tasker_doctor();
\echo :SQLSTATE
SET search_path = nowhere;
SELECT object, action FROM public.tasker_uninstall();
\echo :SQLSTATE
SET search_path = pg_catalog;
SELECT object, action FROM public.tasker_install();
\echo :SQLSTATE
RESET search_path;

-- A temporary table of the name comes first in every search_path, but its schema lasts no longer than the session.
CREATE TEMPORARY TABLE tasker_workflow_steps ();
SELECT object, action FROM tasker_install();
\echo :SQLSTATE
SELECT object, action FROM tasker_install('pg_temp');
\echo :SQLSTATE
DROP TABLE pg_temp.tasker_workflow_steps;

-- Nothing is installed: what needs an installation says so, the others have nothing to do.
SELECT object, action FROM tasker_rebuild('elsewhere');
\echo :SQLSTATE
SELECT object, action FROM tasker_replace_rails_functions('elsewhere');
\echo :SQLSTATE
SELECT object, action, detail FROM tasker_restore_rails_functions('elsewhere');
SELECT object, action, detail FROM tasker_uninstall('elsewhere');

-- A role that owns nothing. It may call the functions, but they do only what it may do itself.
CREATE ROLE regress_stranger;
GRANT USAGE ON SCHEMA refused TO regress_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA refused TO regress_stranger;
REVOKE ALL ON refused.tasker_core_steps, refused.tasker_core_tasks FROM regress_stranger;
SET ROLE regress_stranger;
SELECT object, action FROM tasker_install('refused');
\echo :SQLSTATE
SELECT object, action FROM tasker_install('elsewhere');
\echo :SQLSTATE
SELECT object, action FROM tasker_rebuild('refused');
\echo :SQLSTATE
SELECT object, action FROM tasker_uninstall('refused');
\echo :SQLSTATE
SELECT object, action FROM tasker_replace_rails_functions('refused');
\echo :SQLSTATE
SELECT check_name FROM tasker_doctor('refused');
\echo :SQLSTATE
-- Neither into a schema that is closed to it, nor into the side tables, may it look.
SELECT check_name FROM tasker_doctor('elsewhere');
\echo :SQLSTATE
SELECT count(*) FROM refused.tasker_core_steps;
\echo :SQLSTATE
RESET ROLE;

-- The owner of everything in a schema needs no superuser.
GRANT CREATE, USAGE ON SCHEMA elsewhere TO regress_stranger;
SET ROLE regress_stranger;
SET search_path = elsewhere, public;
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action ORDER BY action;
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action ORDER BY action;
SELECT check_name, object FROM tasker_doctor();
SELECT action, count(*) FROM tasker_rebuild() GROUP BY action;
SELECT action, count(*) FROM tasker_uninstall(verbose => true) GROUP BY action;
RESET ROLE;
RESET search_path;

-- A read-only transaction: only the doctor works.
BEGIN READ ONLY;
SELECT object, action FROM tasker_install('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT object, action FROM tasker_uninstall('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT object, action FROM tasker_replace_rails_functions('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT object, action FROM tasker_rebuild('refused');
\echo :SQLSTATE
ROLLBACK;
BEGIN READ ONLY;
SELECT check_name FROM tasker_doctor('refused');
ROLLBACK;

-- What was refused left everything as it was.
SELECT check_name FROM tasker_doctor('refused');
DROP SCHEMA refused CASCADE;
DROP SCHEMA elsewhere CASCADE;
DROP ROLE regress_stranger;
