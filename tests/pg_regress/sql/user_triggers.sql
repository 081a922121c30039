-- Triggers, domains and defaults of the application on the engine's tables work as with statements of its own, whatever
-- they are called and whatever they write, and side rows stay right.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA user_triggers;
SET search_path = user_triggers, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- A domain with a default that refuses NULL, on every table that is written when steps and tasks move.
CREATE DOMAIN tenant AS integer DEFAULT 5 CHECK (VALUE IS NOT NULL);
ALTER TABLE tasker_workflow_step_transitions ADD COLUMN tenant tenant;
ALTER TABLE tasker_task_transitions ADD COLUMN tenant tenant;
SELECT make_task(1, 101, 2, '{{1,2}}');
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state FROM tasker_complete_step(101, '{}', :'token');
SELECT DISTINCT to_state, tenant FROM tasker_workflow_step_transitions ORDER BY 1;
SELECT DISTINCT to_state, tenant FROM tasker_task_transitions ORDER BY 1;
UPDATE tasker_workflow_step_transitions SET tenant = tenant;

-- A generated column, and a check that compares.
ALTER TABLE tasker_workflow_steps ADD COLUMN tries text GENERATED ALWAYS AS (attempts::text || ' of ' || retry_limit::text) STORED;
ALTER TABLE tasker_workflow_steps ADD CONSTRAINT few CHECK (attempts < 10);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state FROM tasker_complete_step(102, '{}', :'token');
SELECT workflow_step_id, attempts, tries FROM tasker_workflow_steps ORDER BY 1;

-- Triggers that have names like ours fire as all others do.
CREATE TABLE fired (name text, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO user_triggers.fired VALUES (TG_NAME, TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER tasker_core_audit AFTER INSERT OR UPDATE ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER tasker_core_sync_more AFTER UPDATE ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER tasker_core_count_more AFTER INSERT ON tasker_task_transitions FOR EACH ROW EXECUTE FUNCTION note();
SELECT make_task(2, 201, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state, task_state FROM tasker_complete_step(201, '{}', :'token');
SELECT name, what, count(*) FROM fired GROUP BY 1, 2 ORDER BY 1, 2;
DROP TRIGGER tasker_core_audit ON tasker_workflow_step_transitions;
DROP TRIGGER tasker_core_sync_more ON tasker_workflow_steps;
DROP TRIGGER tasker_core_count_more ON tasker_task_transitions;

-- One on a side table fires, too.
CREATE TRIGGER tasker_core_count_mine AFTER UPDATE ON tasker_core_steps FOR EACH ROW EXECUTE FUNCTION note();
TRUNCATE fired;
SELECT make_task(3, 301, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state FROM tasker_complete_step(301, '{}', :'token');
SELECT name, what, count(*) > 0 AS fired FROM fired GROUP BY 1, 2 ORDER BY 1, 2;
DROP TRIGGER tasker_core_count_mine ON tasker_core_steps;

-- What triggers write into the step's own row, before and after ours, is in the side row.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.to_state = 'complete' THEN
        UPDATE tasker_workflow_steps SET attempts = 7, retryable = false, retry_limit = 9, last_attempted_at = '2000-01-01'
            WHERE workflow_step_id = NEW.workflow_step_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER touch AFTER INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION adjust() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.skippable := true; NEW.backoff_request_seconds := 17; RETURN NEW; END $$;
CREATE TRIGGER adjust BEFORE UPDATE ON tasker_workflow_steps FOR EACH ROW WHEN (NEW.in_process) EXECUTE FUNCTION adjust();
SELECT make_task(4, 401, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT skippable, backoff_request_seconds, in_process FROM tasker_core_steps WHERE workflow_step_id = 401;
SELECT state FROM tasker_complete_step(401, '{}', :'token');
SELECT attempts, retryable, retry_limit, last_attempted_at, skippable FROM tasker_core_steps WHERE workflow_step_id = 401;
SELECT * FROM tasker_doctor() WHERE severity <> 'info';
DROP TRIGGER touch ON tasker_workflow_step_transitions;
DROP TRIGGER adjust ON tasker_workflow_steps;

-- A transition that a trigger changes before it is stored, and one that it follows with another of the same step.
CREATE FUNCTION backdate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.created_at := NEW.created_at - interval '1 hour'; RETURN NEW; END $$;
CREATE TRIGGER backdate BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION backdate();
SELECT make_task(5, 501, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state, state_since FROM tasker_core_steps WHERE workflow_step_id = 501;
SELECT state FROM tasker_complete_step(501, '{}', :'token');
SELECT * FROM tasker_doctor() WHERE severity <> 'info';
DROP TRIGGER backdate ON tasker_workflow_step_transitions;

CREATE FUNCTION put_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.to_state = 'error' THEN
        UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE id = NEW.id;
        INSERT INTO tasker_workflow_step_transitions (to_state, sort_key, most_recent, workflow_step_id, created_at, updated_at)
            VALUES ('pending', NEW.sort_key + 10, true, NEW.workflow_step_id, NEW.created_at, NEW.created_at);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER put_back AFTER INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION put_back();
SELECT make_task(6, 601, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT attempts, task_state FROM tasker_fail_step(601, '{"message":"m"}', claim_token => :'token');
SELECT state FROM tasker_core_steps WHERE workflow_step_id = 601;
SELECT workflow_step_id, attempt FROM tasker_claim_steps('w');
SELECT * FROM tasker_doctor() WHERE severity <> 'info';
DROP TRIGGER put_back ON tasker_workflow_step_transitions;

-- One that does not let the transition be stored: nothing is done.
CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT make_task(7, 701, 1);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
CREATE TRIGGER discard BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION discard();
\set VERBOSITY sqlstate
SELECT state FROM tasker_complete_step(701, '{}', :'token');
\set VERBOSITY default
DROP TRIGGER discard ON tasker_workflow_step_transitions;
SELECT state FROM tasker_complete_step(701, '{}', :'token');

-- Rows that triggers write of other steps and tasks meanwhile are followed.
CREATE FUNCTION mirror() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.workflow_step_id = 801 AND NEW.to_state = 'complete' THEN
        PERFORM user_triggers.make_task(9, 901, 2, '{{1,2}}');
        PERFORM user_triggers.move_step(802, 'cancelled');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mirror AFTER INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION mirror();
SELECT make_task(8, 801, 2);
SELECT claim_token AS token FROM tasker_claim_steps('w') \gset
SELECT state FROM tasker_complete_step(801, '{}', :'token');
SELECT workflow_step_id, state FROM tasker_core_steps WHERE task_id IN (8, 9) ORDER BY 1;
SELECT * FROM tasker_doctor() WHERE severity <> 'info';
DROP TRIGGER mirror ON tasker_workflow_step_transitions;

-- Two installations with the same ids: a trigger of one writes the other's step of the same number.
CREATE SCHEMA user_triggers_other;
SET search_path = user_triggers_other, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(10, 1001, 1);
SET search_path = user_triggers, public;
SELECT make_task(10, 1001, 1);
CREATE FUNCTION to_other() RETURNS trigger LANGUAGE plpgsql SET search_path = user_triggers_other AS $$
BEGIN
    IF NEW.to_state = 'complete' THEN
        UPDATE tasker_workflow_steps SET attempts = 3, in_process = true WHERE workflow_step_id = NEW.workflow_step_id;
        PERFORM move_step(NEW.workflow_step_id, 'in_progress');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER to_other AFTER INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION to_other();
SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 10) \gset
SELECT state FROM tasker_complete_step(1001, '{}', :'token');
SELECT state, attempts, in_process FROM user_triggers.tasker_core_steps WHERE workflow_step_id = 1001;
SELECT state, attempts, in_process FROM user_triggers_other.tasker_core_steps WHERE workflow_step_id = 1001;
SELECT * FROM tasker_doctor('user_triggers') WHERE severity <> 'info';
SELECT * FROM tasker_doctor('user_triggers_other') WHERE severity <> 'info';
