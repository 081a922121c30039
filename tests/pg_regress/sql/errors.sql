-- Every refusal and its SQLSTATE. What takes two sessions (40001) is in tests/isolation, what takes a tenant in tenant_rules, the wording of the
-- management functions in install_refused.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA errors;
SET search_path = errors, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 101, 2, '{{1,2}}');
\set VERBOSITY sqlstate

-- P0002: no such step. 22004: NULL where an id is needed.
SELECT tasker_explain_step(4711);
SELECT tasker_explain_step(NULL);

-- 22023: a document nested too deep.
SELECT tasker_validate_template((repeat('[', 600) || repeat(']', 600))::jsonb);

-- XX001: a state that does not exist.
BEGIN;
SELECT move_step(101, 'failed');
SELECT count(*) FROM tasker_ready_steps(1);
ROLLBACK;
BEGIN;
SELECT move_task(1, 'skipped');
SELECT count(*) FROM tasker_task_context(1);
ROLLBACK;

-- 42P01: no Tasker tables. 55000: tables, but not ours.
SET search_path = public;
SELECT count(*) FROM tasker_ready_steps(1);
CREATE SCHEMA errors_bare;
SET search_path = errors_bare, public;
CREATE TABLE tasker_workflow_steps (workflow_step_id bigint);
SELECT count(*) FROM tasker_ready_steps(1);
DROP SCHEMA errors_bare CASCADE;
SET search_path = errors, public;

-- 55000: an installation that lacks a trigger.
BEGIN;
ALTER TABLE tasker_tasks DISABLE TRIGGER tasker_core_sync_delete;
SELECT count(*) FROM tasker_ready_steps(1);
ROLLBACK;

-- 55000: a table of the engine that an application has changed.
BEGIN;
ALTER TABLE tasker_tasks RENAME COLUMN reason TO why;
SELECT count(*) FROM tasker_ready_steps(1);
ROLLBACK;

-- 39P01: a trigger function that no trigger fired, or one on a table that it does not know.
SELECT public._tasker_sync_steps();
CREATE TABLE elsewhere (id bigint);
CREATE TRIGGER stray BEFORE INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION public._tasker_sync_step_transitions();
INSERT INTO elsewhere VALUES (1);

CREATE TABLE lookalike (workflow_step_id bigint, to_state integer, created_at integer, most_recent boolean);
CREATE TRIGGER stray AFTER INSERT ON lookalike FOR EACH ROW EXECUTE FUNCTION public._tasker_sync_step_transitions();
INSERT INTO lookalike VALUES (101, 1, 1, true);
CREATE TABLE lookalike_by_text (workflow_step_id text);
CREATE TRIGGER stray AFTER DELETE ON lookalike_by_text FOR EACH ROW EXECUTE FUNCTION public._tasker_sync_steps();
INSERT INTO lookalike_by_text VALUES ('101');
DELETE FROM lookalike_by_text;

-- 55000: tables with the names of tasker_core, but of other types, in a schema of another role.
CREATE SCHEMA errors_forged;
SET search_path = errors_forged, public;
CREATE TABLE tasker_tasks (task_id bigint);
CREATE TABLE tasker_task_transitions (task_id bigint);
CREATE TABLE tasker_workflow_steps (workflow_step_id bigint);
CREATE TABLE tasker_workflow_step_edges (id bigint);
CREATE TABLE tasker_workflow_step_transitions (id bigint);
CREATE TABLE tasker_named_steps (named_step_id integer, name text);
CREATE TABLE tasker_core_tasks (task_id bigint, named_task_id integer, priority integer, state integer, paused_at timestamp);
INSERT INTO tasker_core_tasks VALUES (1, 1, 1, 12345);
CREATE TABLE tasker_core_steps AS SELECT 1::bigint AS workflow_step_id, 1::bigint AS task_id, now()::timestamp AS created_at,
    now()::timestamp AS state_since, now()::timestamp AS last_attempted_at, 1 AS named_step_id, 1 AS attempts, 1 AS retry_limit,
    1 AS backoff_request_seconds, true AS retryable, true AS in_process, true AS processed, true AS skippable,
    12345 AS state, 12345 AS parent_step_ids;
SELECT count(*) FROM tasker_ready_steps(1);
SELECT count(*) FROM tasker_step_readiness_of_tasks('{1}'::bigint[]);
ALTER TABLE tasker_core_steps ALTER state TYPE text, ALTER parent_step_ids TYPE bigint[] USING '{}', ALTER attempts TYPE text;
SELECT count(*) FROM tasker_task_context(1);
DROP SCHEMA errors_forged CASCADE;
SET search_path = errors, public;

-- 22007: a clock that cannot be read. 42501: a clock that only superusers may set. 22023, 42704: settings.
SET tasker_core.fake_now = 'soon';
SELECT count(*) FROM tasker_ready_steps(1);
SET tasker_core.fake_now = '';
CREATE ROLE tasker_errors;
SET ROLE tasker_errors;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
RESET ROLE;
DROP ROLE tasker_errors;
SET tasker_core.rails_semantics = 'v01';

-- The management functions. 3F000: no such schema. 55000: a snapshot that is too old, nothing installed, a needed
-- column that is not there. 25006: read-only. 42501: tables of another role.
-- 42P07: our name for another thing. 42809: a view where a table should be.
SELECT count(*) FROM tasker_install('nowhere');
SELECT count(*) FROM tasker_doctor('nowhere');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM tasker_install();
ROLLBACK;
BEGIN READ ONLY;
SELECT count(*) FROM tasker_rebuild();
ROLLBACK;
CREATE SCHEMA errors_bare;
SELECT count(*) FROM tasker_rebuild('errors_bare');
SELECT count(*) FROM tasker_replace_rails_functions('errors_bare');
CREATE TABLE errors_bare.tasker_workflow_steps (workflow_step_id bigint);
SELECT count(*) FROM tasker_install('errors_bare');
DROP TABLE errors_bare.tasker_workflow_steps;
CREATE TABLE errors_bare.tasker_core_steps (a integer);
SELECT count(*) FROM tasker_install('errors_bare');
DROP TABLE errors_bare.tasker_core_steps;
CREATE VIEW errors_bare.tasker_tasks AS SELECT 1 AS task_id;
SELECT count(*) FROM tasker_install('errors_bare');
DROP SCHEMA errors_bare CASCADE;
CREATE ROLE tasker_errors;
GRANT USAGE ON SCHEMA errors TO tasker_errors;
SET ROLE tasker_errors;
SELECT count(*) FROM tasker_install('errors');
SELECT count(*) FROM tasker_uninstall('errors');
RESET ROLE;
REVOKE ALL ON SCHEMA errors FROM tasker_errors;
DROP ROLE tasker_errors;

-- 42883: an argument of another type.
SELECT count(*) FROM tasker_ready_steps('{1}'::text);

-- The same as people see them.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT tasker_explain_step(4711);
SELECT tasker_explain_step(NULL);
SELECT move_step(101, 'failed');
SELECT count(*) FROM tasker_ready_steps(1);
SET search_path = public;
SELECT count(*) FROM tasker_ready_steps(1);
CREATE SCHEMA "it's bare";
SET search_path = "it's bare", public;
CREATE TABLE tasker_workflow_steps (workflow_step_id bigint);
SELECT count(*) FROM tasker_ready_steps(1);
DROP SCHEMA "it's bare" CASCADE;
SELECT public._tasker_sync_steps();
SET search_path = errors, public;
ALTER TABLE tasker_core_steps RENAME state TO was_state;
ALTER TABLE tasker_core_steps ADD state integer;
SELECT count(*) FROM tasker_ready_steps(1);
ALTER TABLE tasker_core_steps DROP state;
ALTER TABLE tasker_core_steps RENAME was_state TO state;

-- An error ends the statement, not the session, and can be caught.
SET search_path = errors, public;
DO $$
BEGIN
    PERFORM tasker_ready_steps(1);
EXCEPTION WHEN data_corrupted THEN
    RAISE WARNING 'caught: %, still %', sqlerrm, current_user = session_user;
END
$$;
SELECT move_step(101, 'pending');
SELECT workflow_step_id FROM tasker_ready_steps(1);

DROP SCHEMA errors CASCADE;
