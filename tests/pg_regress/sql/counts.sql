-- The counts of steps and tasks: inside a transaction, by savepoint, and when they have come to harm.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA counts;
SET search_path = counts, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
CREATE VIEW counted AS SELECT total_tasks AS tasks, total_steps AS steps, pending_steps AS pending, complete_steps AS complete,
    error_steps AS error FROM tasker_system_health();
CREATE VIEW wrong AS SELECT kind, counted, present FROM _tasker_miscounts('counts'::regnamespace);
SELECT make_task(1, 1, 5);
TABLE counted;

-- A transaction sees what it has counted; what is rolled back has never been.
BEGIN;
SELECT move_step(1, 'complete');
TABLE counted;
SAVEPOINT here;
SELECT move_step(2, 'error'), make_task(2, 11, 3);
TABLE counted;
TABLE wrong;
ROLLBACK TO here;
TABLE counted;
SAVEPOINT here;
SELECT move_step(2, 'complete');
RELEASE here;
TABLE counted;
COMMIT;
TABLE counted;
BEGIN;
SELECT make_task(2, 11, 3);
ROLLBACK;
TABLE counted;
TABLE wrong;
-- Another session that commits several transactions leaves one row of each kind, not one for each transaction.
SELECT move_step(3, 'complete');
SELECT kind, count(*) FROM tasker_core_counts GROUP BY kind ORDER BY kind;

-- Emptied, and removed.
BEGIN;
TRUNCATE tasker_workflow_steps CASCADE;
TABLE counted;
ROLLBACK;
TABLE counted;
TABLE wrong;

-- What has come to harm is found and mended.
UPDATE tasker_core_counts SET complete = complete + 1, pending = 7 WHERE kind = 'steps';
TABLE wrong;
SELECT severity, check_name, object, detail FROM tasker_doctor('counts') WHERE check_name = 'miscounted';
SELECT object, action, detail FROM tasker_rebuild('counts') WHERE object LIKE '%counts';
TABLE wrong;
TABLE counted;
DELETE FROM tasker_core_counts;
SELECT severity, check_name, object, detail FROM tasker_doctor('counts') WHERE check_name = 'miscounted';
-- A repair that is rolled back is none.
BEGIN;
SELECT count(*) > 0 AS rebuilt FROM tasker_rebuild('counts');
TABLE wrong;
ROLLBACK;
SELECT kind FROM wrong ORDER BY kind;
SELECT count(*) > 0 AS rebuilt FROM tasker_rebuild('counts');
TABLE wrong;

DROP VIEW counted, wrong;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA counts CASCADE;
