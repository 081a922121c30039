-- Who may read what: privileges, row-level security, hostile schemas.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA read_roles;
SET search_path = read_roles, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 101, 3, '{{1,2},{2,3}}'), make_task(2, 201, 2, '{{1,2}}');
SELECT move_step(101, 'complete');
SELECT count(*) FROM tasker_replace_rails_functions();
CREATE ROLE tasker_reader;
CREATE ROLE tasker_stranger;
GRANT USAGE ON SCHEMA read_roles TO tasker_reader, tasker_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA read_roles TO tasker_reader;
REVOKE ALL ON tasker_core_steps, tasker_core_tasks FROM tasker_reader;

-- SELECT on the Rails tables is all that a reader needs; the side tables are not for reading.
SET ROLE tasker_reader;
SELECT workflow_step_id FROM tasker_ready_steps_of_tasks('{1,2}'::bigint[]);
SELECT task_id, ready_steps FROM tasker_task_context_of_tasks('{1,2}'::bigint[]);
SELECT count(*) FROM tasker_step_readiness(1);
SELECT count(*) FROM get_step_readiness_status(1);
SELECT count(*) FROM get_task_execution_context(1);
SELECT tasker_explain_step(102) ->> 'ready' AS ready;
SELECT count(*) FROM tasker_core_steps;

-- Without it nothing is told.
SET ROLE tasker_stranger;
SELECT count(*) FROM tasker_ready_steps(1);
SELECT count(*) FROM tasker_step_readiness(1);
SELECT count(*) FROM tasker_task_context(1);
SELECT tasker_explain_step(101);
SELECT count(*) FROM get_step_readiness_status(1);
RESET ROLE;

-- Each table counts.
REVOKE SELECT ON tasker_workflow_step_edges FROM tasker_reader;
SET ROLE tasker_reader;
SELECT count(*) FROM tasker_ready_steps(1);
RESET ROLE;
GRANT SELECT ON tasker_workflow_step_edges TO tasker_reader;
REVOKE SELECT ON tasker_tasks FROM tasker_reader;
SET ROLE tasker_reader;
SELECT count(*) FROM tasker_ready_steps(1);
-- As for the engine, whose readiness does not look at tasks.
SELECT count(*) FROM get_step_readiness_status(1);
RESET ROLE;
GRANT SELECT ON tasker_tasks TO tasker_reader;

-- Row-level security filters tasks, and steps; hidden parents still count.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_task ON tasker_tasks FOR SELECT TO tasker_reader USING (task_id = 1);
SET ROLE tasker_reader;
SELECT workflow_step_id FROM tasker_ready_steps_of_tasks('{1,2}'::bigint[]);
SELECT workflow_step_id FROM tasker_step_readiness_of_tasks('{1,2}'::bigint[]);
SELECT task_id, total_steps, ready_steps FROM tasker_task_context_of_tasks('{1,2}'::bigint[]);
SELECT count(*) FROM get_task_execution_contexts_batch('{1,2}');
SELECT count(*) FROM get_step_readiness_status(2);
SELECT tasker_explain_step(201);
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_steps ON tasker_workflow_steps FOR SELECT TO tasker_reader USING (workflow_step_id <> 101);
SET ROLE tasker_reader;
SELECT workflow_step_id, completed_parents, total_parents FROM tasker_step_readiness(1);
SELECT task_id, total_steps, completed_steps FROM tasker_task_context(1);
SELECT tasker_explain_step(101);
SET row_security = off;
SELECT count(*) FROM tasker_ready_steps(1);
RESET row_security;
RESET ROLE;

-- The owner is exempt, unless row-level security is forced; the triggers work either way.
SELECT count(*) FROM tasker_step_readiness(1);
ALTER TABLE tasker_workflow_steps FORCE ROW LEVEL SECURITY;
SELECT move_step(102, 'in_progress');
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 102;
SELECT state, attempts FROM tasker_core_steps WHERE workflow_step_id = 102;
ALTER TABLE tasker_workflow_steps NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;

-- A writer needs no right on the side tables either, and keeps its role.
CREATE ROLE tasker_writer;
GRANT USAGE ON SCHEMA read_roles TO tasker_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps,
    tasker_workflow_step_edges, tasker_workflow_step_transitions TO tasker_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA read_roles TO tasker_writer;
SET ROLE tasker_writer;
SELECT make_task(5, 501, 2, '{{1,2}}');
SELECT move_step(501, 'complete'), move_task(5, 'in_progress');
UPDATE tasker_workflow_steps SET attempts = 7 WHERE workflow_step_id = 502;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id = 502;
SELECT current_user;
SELECT count(*) FROM tasker_core_steps;
RESET ROLE;
SELECT workflow_step_id, state, attempts, parent_step_ids FROM tasker_core_steps WHERE task_id = 5 ORDER BY 1;
SELECT * FROM _tasker_drift('read_roles'::regnamespace);

-- A schema full of impostors, first in the path: operators and functions under the names that we use.
CREATE SCHEMA read_roles_hostile;
CREATE FUNCTION read_roles_hostile.trap(bigint, bigint) RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
CREATE OPERATOR read_roles_hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = read_roles_hostile.trap);
CREATE FUNCTION read_roles_hostile.trap(bigint[], bigint) RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
CREATE FUNCTION read_roles_hostile.array_agg(bigint) RETURNS bigint[] LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
CREATE FUNCTION read_roles_hostile.trap_text(text, text) RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
CREATE OPERATOR read_roles_hostile.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = read_roles_hostile.trap_text);
GRANT USAGE ON SCHEMA read_roles_hostile TO tasker_writer;
GRANT SELECT ON tasker_named_steps TO tasker_writer;
\c -
SET client_min_messages = warning;
SET ROLE tasker_writer;
SET search_path = read_roles_hostile, pg_catalog, read_roles, public;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (501, 502, 'provides', '2026-01-01', '2026-01-01');
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (502, 'in_progress', 10, '2026-01-01', '2026-01-01');
UPDATE tasker_workflow_steps SET attempts = 8;
SELECT count(*) FROM tasker_step_readiness(5);
SELECT count(*) FROM tasker_task_context_of_tasks('{5,1}'::bigint[]);
SELECT count(*) FROM tasker_ready_steps(1);
SELECT tasker_explain_step(502) ->> 'blocking_reason' AS reason;
RESET ROLE;
SET search_path = read_roles, public;
SELECT * FROM _tasker_drift('read_roles'::regnamespace);

DROP SCHEMA read_roles CASCADE;
DROP SCHEMA read_roles_hostile CASCADE;
DROP ROLE tasker_reader, tasker_stranger, tasker_writer;
