-- What is deferred to the end of the transaction runs where the rows are written, as who has written them.
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE deferred_owner;
CREATE SCHEMA deferred AUTHORIZATION deferred_owner;
SET search_path = deferred, public;
SET ROLE deferred_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT created FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "j"}]}');
CREATE TABLE ran (number integer GENERATED ALWAYS AS IDENTITY, who name, what text);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deferred.ran (who, what) VALUES (current_user, TG_TABLE_NAME);
    BEGIN
        ALTER ROLE deferred_owner SUPERUSER;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER look_later AFTER UPDATE ON tasker_workflow_steps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();
RESET ROLE;

-- A superuser maintains: recovery runs as the owner, with all that it defers.
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SET ROLE deferred_owner;
SELECT task_id AS t FROM tasker_create_task('job') \gset
SELECT count(*) FROM tasker_claim_steps('vanished', lease => '1 minute');
TRUNCATE ran;
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT DISTINCT who, what FROM ran;
SELECT rolsuper FROM pg_roles WHERE rolname = 'deferred_owner';
SET ROLE deferred_owner;
DROP TRIGGER look_later ON tasker_workflow_steps;

-- One step that a deferred constraint refuses stops no other: neither its recovery nor its claim.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deferred.refused WHERE workflow_step_id = NEW.workflow_step_id) THEN
        RAISE 'step % stays as it is', NEW.workflow_step_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TABLE refused (workflow_step_id bigint);
-- A foreign key of another schema, which can be deferred too, is no constraint of ours.
RESET ROLE;
CREATE SCHEMA deferred_other;
CREATE TABLE deferred_other.noted (step bigint REFERENCES deferred.tasker_workflow_steps DEFERRABLE INITIALLY DEFERRED);
SET ROLE deferred_owner;
SELECT count(*) FROM tasker_cancel_task(:t);
SELECT task_id AS bad FROM tasker_create_task('job', '{"n": 1}') \gset
SELECT workflow_step_id AS bad_step FROM tasker_claim_steps('vanished', lease => '1 minute') \gset
INSERT INTO refused VALUES (:bad_step);
CREATE CONSTRAINT TRIGGER refuse_later AFTER UPDATE ON tasker_workflow_steps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 12:20:00+00';
SET ROLE deferred_owner;
SELECT task_id AS good FROM tasker_create_task('job', '{"n": 2}') \gset
SELECT task_id AS worse FROM tasker_create_task('job', '{"n": 3}') \gset
INSERT INTO refused SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = :worse;
SELECT leases_expired, put_aside FROM tasker_maintain();
SELECT task_id = :good AS is_good FROM tasker_claim_steps('worker', 10);
SELECT kind, attempts, sqlstate FROM tasker_core_troubles ORDER BY kind;
SELECT check_name, count(*) FROM tasker_doctor() GROUP BY 1;

-- What the caller has deferred stays deferred, on other tables and for later rows.
CREATE TABLE other (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
DELETE FROM refused;
RESET ROLE;
SET tasker_core.fake_now = '2026-01-01 12:30:00+00';
SET ROLE deferred_owner;
BEGIN;
INSERT INTO other VALUES (1), (1);
SELECT leases_expired FROM tasker_maintain();
SELECT count(*) FROM tasker_claim_steps('worker', 10);
DELETE FROM other;
INSERT INTO refused VALUES (:bad_step);
UPDATE tasker_workflow_steps SET updated_at = updated_at WHERE workflow_step_id = :bad_step;
DELETE FROM refused;
COMMIT;

-- A side table with a trigger that can be deferred: only the rights of the owner.
CREATE CONSTRAINT TRIGGER look_later AFTER INSERT OR UPDATE ON tasker_core_steps DEFERRABLE FOR EACH ROW EXECUTE FUNCTION look();
RESET ROLE;
\set SHOW_CONTEXT never
SELECT FROM tasker_create_task('job', '{"n": 4}');
SELECT rolsuper FROM pg_roles WHERE rolname = 'deferred_owner';

DROP SCHEMA deferred_other CASCADE;
DROP SCHEMA deferred CASCADE;
DROP ROLE deferred_owner;
