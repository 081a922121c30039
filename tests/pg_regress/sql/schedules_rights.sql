-- With whose rights the tasks of schedules are created, and who may see and change schedules.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS tasker_core;
DROP ROLE IF EXISTS regress_s_owner, regress_s_maker, regress_s_member, regress_s_other, regress_s_none, regress_s_blue, regress_s_red;
CREATE ROLE regress_s_owner;
CREATE ROLE regress_s_maker;
CREATE ROLE regress_s_member IN ROLE regress_s_maker;
CREATE ROLE regress_s_other;
CREATE ROLE regress_s_none;
CREATE ROLE regress_s_blue;
CREATE ROLE regress_s_red;
CREATE SCHEMA schedules_rights AUTHORIZATION regress_s_owner;
SET search_path = schedules_rights, public;
GRANT CREATE ON SCHEMA public TO regress_s_owner;
SET ROLE regress_s_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
GRANT USAGE ON SCHEMA schedules_rights TO PUBLIC;
GRANT SELECT, INSERT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges, tasker_task_transitions, tasker_workflow_step_transitions,
    tasker_named_tasks, tasker_named_steps, tasker_named_tasks_named_steps, tasker_task_namespaces, tasker_dependent_systems
    TO regress_s_maker, regress_s_other, regress_s_blue, regress_s_red;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA schedules_rights TO regress_s_maker, regress_s_other, regress_s_blue, regress_s_red;
SELECT created FROM tasker_register_task('{"name": "report", "step_templates": [{"name": "one"}]}');
-- As which role the rows are written.
CREATE TABLE writers (reason text, role text);
GRANT INSERT ON writers TO PUBLIC;
CREATE FUNCTION note_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO schedules_rights.writers VALUES (NEW.reason, current_user); RETURN NEW; END $$;
CREATE TRIGGER note_writer BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION note_writer();
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 00:00:00+00';

-- Without rights on the tables.
SET ROLE regress_s_none;
SELECT * FROM tasker_schedule('mine', 'report', '@hourly');
SELECT * FROM tasker_schedules();
SELECT tasker_unschedule('mine');
SELECT tasker_pause_schedule('mine');
SELECT tasker_resume_schedule('mine');
SELECT tasker_trigger_schedule('mine');
RESET ROLE;
REVOKE INSERT ON schedules_rights.tasker_workflow_step_edges FROM regress_s_other;
SET ROLE regress_s_other;
SELECT * FROM tasker_schedule('mine', 'report', '@hourly');
RESET ROLE;
GRANT INSERT ON schedules_rights.tasker_workflow_step_edges TO regress_s_other;

-- A schedule is for members of its role, and of the owner of the tables.
SET ROLE regress_s_maker;
SELECT created FROM tasker_schedule('hourly', 'report', '@hourly');
SET ROLE regress_s_other;
SELECT schedule FROM tasker_schedules();
SELECT * FROM tasker_schedule('hourly', 'report', '@daily');
SELECT tasker_unschedule('hourly');
SELECT tasker_pause_schedule('hourly');
SELECT tasker_resume_schedule('hourly');
SELECT tasker_trigger_schedule('hourly');
SELECT * FROM tasker_core_schedules;
SET ROLE regress_s_member;
SELECT schedule, role FROM tasker_schedules();
SELECT tasker_pause_schedule('hourly'), tasker_resume_schedule('hourly');
SET ROLE regress_s_owner;
SELECT schedule, role FROM tasker_schedules();
-- Another session maintains.
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 01:00:00+00';
SET ROLE regress_s_other;
SELECT put_aside FROM tasker_maintain();
RESET ROLE;
SELECT reason, requested_at FROM tasker_tasks;
SELECT * FROM writers;
-- The role loses a right, and gets it back.
REVOKE INSERT ON tasker_workflow_steps FROM regress_s_maker;
SET tasker_core.fake_now = '2026-01-01 02:00:00+00';
SELECT put_aside FROM tasker_maintain();
SELECT failures, last_error FROM tasker_schedules();
SELECT tasker_trigger_schedule('hourly');
GRANT INSERT ON tasker_workflow_steps TO regress_s_maker;
SET tasker_core.fake_now = '2026-01-01 02:00:10+00';
SELECT put_aside FROM tasker_maintain();
SELECT failures, runs FROM tasker_schedules();
SELECT tasker_trigger_schedule('hourly') > 0 AS triggered;
-- Any right counts that the role needs for a task of its own, also without policies.
REVOKE USAGE ON SEQUENCE tasker_tasks_task_id_seq FROM regress_s_maker;
SELECT tasker_trigger_schedule('hourly');
GRANT USAGE ON SEQUENCE tasker_tasks_task_id_seq TO regress_s_maker;
REVOKE INSERT ON tasker_tasks FROM regress_s_maker;
GRANT INSERT (created_at) ON tasker_tasks TO regress_s_maker;
SELECT tasker_trigger_schedule('hourly');
REVOKE INSERT (created_at) ON tasker_tasks FROM regress_s_maker;
GRANT INSERT ON tasker_tasks TO regress_s_maker;
-- A name that was written into the table by hand is none that the role gave.
SELECT seal FROM tasker_core_schedules \gset
UPDATE tasker_core_schedules SET seal = 'x';
SELECT tasker_trigger_schedule('hourly');
UPDATE tasker_core_schedules SET seal = :'seal';
SELECT tasker_trigger_schedule('hourly') > 0 AS triggered;
-- The member takes it over: the tasks are the member's from then on. The plan stays.
SET ROLE regress_s_member;
SELECT created, changed, next_run_at FROM tasker_schedule('hourly', 'report', '@hourly');
SELECT role FROM tasker_schedules();
SET ROLE regress_s_maker;
SELECT role FROM tasker_schedules();
RESET ROLE;
-- The role is dropped.
DROP OWNED BY regress_s_member;
DROP ROLE regress_s_member;
SET tasker_core.fake_now = '2026-01-01 03:00:00+00';
SELECT put_aside FROM tasker_maintain();
SELECT role, failures, last_error FROM tasker_schedules();
SET ROLE regress_s_owner;
SELECT tasker_unschedule('hourly');
RESET ROLE;
-- A superuser's acts as the owner of the tables.
TRUNCATE writers;
SELECT created FROM tasker_schedule('super', 'report', '@hourly');
SET tasker_core.fake_now = '2026-01-01 04:00:00+00';
SET ROLE regress_s_other;
SELECT put_aside FROM tasker_maintain();
RESET ROLE;
SELECT * FROM writers;
SELECT tasker_unschedule('super');

-- Tenants. A policy says which tasks a role may see and create.
TRUNCATE tasker_tasks, writers CASCADE;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_tasks USING (source_system = current_user);
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_workflow_steps USING (true);
SET ROLE regress_s_blue;
SELECT created FROM tasker_schedule('blue', 'report', '@hourly', options => '{"source_system": "regress_s_blue"}');
SELECT created FROM tasker_schedule('blue as red', 'report', '@hourly', options => '{"source_system": "regress_s_red"}');
SET ROLE regress_s_red;
SELECT created FROM tasker_schedule('red', 'report', '@hourly', options => '{"source_system": "regress_s_red"}');
SELECT created FROM tasker_schedule('blue', 'report', '@hourly');
SELECT schedule, role FROM tasker_schedules();
-- A claim of a tenant's does due work of that tenant alone.
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 05:00:00+00';
SET ROLE regress_s_red;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 10);
RESET ROLE;
SELECT reason, source_system FROM tasker_tasks ORDER BY reason;
-- Maintenance does that of all, each with the rights of its role.
SET ROLE regress_s_red;
SELECT put_aside FROM tasker_maintain();
RESET ROLE;
SELECT reason, source_system FROM tasker_tasks ORDER BY reason;
SELECT * FROM writers ORDER BY reason;
SELECT schedule, runs, failures, last_error FROM tasker_schedules();
SET ROLE regress_s_blue;
SELECT schedule, last_task_state, last_error FROM tasker_schedules();
SELECT tasker_trigger_schedule('blue as red');
SELECT count(tasker_trigger_schedule('blue')) AS triggered;
SELECT count(*) AS sees FROM tasker_tasks;
RESET ROLE;
-- In a block, too, only its own.
SET tasker_core.fake_now = '2026-01-01 06:00:00+00';
SET ROLE regress_s_red;
BEGIN;
SELECT put_aside FROM tasker_maintain();
COMMIT;
RESET ROLE;
SELECT reason, max(requested_at) FROM tasker_tasks GROUP BY reason ORDER BY reason;
-- Without the seal, as after a restore into another server, nothing proves the role; the role itself renews it.
UPDATE tasker_core_schedules SET seal = 'another' WHERE schedule = 'blue';
SELECT put_aside FROM tasker_maintain();
SELECT schedule, failures, last_error FROM tasker_schedules() WHERE schedule = 'blue';
SET ROLE regress_s_blue;
SELECT created, changed FROM tasker_schedule('blue', 'report', '@hourly', options => '{"source_system": "regress_s_blue"}');
RESET ROLE;
SELECT put_aside FROM tasker_maintain();
SELECT schedule, failures, runs FROM tasker_schedules() WHERE schedule = 'blue';
SELECT schedule, tasker_unschedule(schedule) FROM tasker_schedules();
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;

-- A trigger of a role that the owner does not trust never runs as the owner: the run waits for a session that may do it.
TRUNCATE tasker_tasks, writers CASCADE;
SET ROLE regress_s_maker;
SELECT created FROM tasker_schedule('hourly', 'report', '@hourly');
RESET ROLE;
ALTER FUNCTION note_writer() OWNER TO regress_s_other;
SET client_min_messages = notice;
SET tasker_core.fake_now = '2026-01-01 07:00:00+00';
SET ROLE regress_s_other;
SELECT put_aside FROM tasker_maintain();
RESET ROLE;
SELECT count(*) AS created FROM tasker_tasks;
SELECT * FROM writers;
ALTER FUNCTION note_writer() OWNER TO regress_s_owner;
SET tasker_core.fake_now = '2026-01-01 07:00:05+00';
SELECT put_aside FROM tasker_maintain();
SELECT count(*) AS created FROM tasker_tasks;

-- Objects that the caller puts before those of PostgreSQL are not used.
SET client_min_messages = warning;
CREATE SCHEMA schedules_evil AUTHORIZATION regress_s_other;
SET tasker_core.fake_now = '2026-01-01 08:00:00+00';
SET ROLE regress_s_other;
CREATE TABLE schedules_evil.ran (what text);
GRANT ALL ON schedules_evil.ran TO PUBLIC;
CREATE FUNCTION schedules_evil.equal(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO schedules_evil.ran VALUES (current_user); RETURN true; END $$;
CREATE OPERATOR schedules_evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = schedules_evil.equal);
CREATE FUNCTION schedules_evil.less(timestamp, timestamp) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO schedules_evil.ran VALUES (current_user); RETURN true; END $$;
CREATE OPERATOR schedules_evil.<= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = schedules_evil.less);
CREATE FUNCTION schedules_evil.gen_random_uuid() RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN INSERT INTO schedules_evil.ran VALUES (current_user); RETURN '00000000-0000-0000-0000-000000000000'; END $$;
SET search_path = schedules_rights, schedules_evil, pg_catalog, public;
SELECT created FROM tasker_schedule('evil', 'report', '@hourly');
SELECT put_aside FROM tasker_maintain();
SELECT count(*) AS mine FROM tasker_schedules();
SELECT tasker_pause_schedule('evil'), tasker_resume_schedule('evil'), tasker_trigger_schedule('evil') > 0 AS triggered, tasker_unschedule('evil');
RESET ROLE;
SET search_path = schedules_rights, public;
SELECT DISTINCT what FROM schedules_evil.ran WHERE what OPERATOR(pg_catalog.<>) 'regress_s_other';

DROP SCHEMA schedules_rights, schedules_evil CASCADE;
DROP OWNED BY regress_s_owner, regress_s_maker, regress_s_other, regress_s_none, regress_s_blue, regress_s_red;
DROP ROLE regress_s_owner, regress_s_maker, regress_s_other, regress_s_none, regress_s_blue, regress_s_red;
