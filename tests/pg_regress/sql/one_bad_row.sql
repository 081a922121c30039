-- One row that cannot be worked on keeps no other waiting: it is put aside with its error, and tried again later.
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA one_bad_row;
SET search_path = one_bad_row, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "j"}]}');
SELECT count(*) FROM tasker_register_task('{"name": "pair", "step_templates": [{"name": "p"}, {"name": "r"}]}');
SELECT count(*) FROM tasker_register_task('{"name": "loop", "step_templates": [{"name": "again", "subtask": {"task_name": "loop"}}]}');
SELECT count(*) FROM tasker_register_task('{"name": "clean", "step_templates": [{"name": "a"}, {"name": "b"}, {"name": "cleanup", "depends_on_steps": ["a", "b"], "join": {"rule": "all", "over": ["complete", "failed", "skipped", "resolved", "cancelled"]}}]}');
CREATE VIEW troubles AS SELECT kind, subject_id, attempts, next_try, sqlstate, message, since FROM tasker_core_troubles ORDER BY kind, subject_id;

-- A constraint of the application refuses that an expired lease is taken back.
ALTER TABLE tasker_workflow_steps ADD CONSTRAINT attempt_range CHECK (attempts <= 1);
SET tasker_core.fake_now = '2026-12-01 00:00:00+00';
SELECT task_id AS bad FROM tasker_create_task('job', '{}') \gset
SELECT workflow_step_id AS bad_step FROM tasker_claim_steps('w') \gset
SET tasker_core.fake_now = '2026-12-01 00:10:00+00';
SELECT leases_expired, put_aside FROM tasker_maintain();
SET tasker_core.fake_now = '2026-12-01 00:11:00+00';
SELECT attempt FROM tasker_claim_steps('w');
SET tasker_core.fake_now = '2026-12-01 00:30:00+00';
SELECT task_id AS good FROM tasker_create_task('job', '{"good": true}') \gset
SELECT leases_expired, put_aside FROM tasker_maintain();
SELECT task_id = :good AS is_good FROM tasker_claim_steps('w', 5);
SELECT *, subject_id = :bad_step AS is_bad FROM troubles;
SELECT severity, check_name, detail FROM tasker_doctor() WHERE check_name = 'put_aside';
SELECT jsonb_pretty(tasker_explain_step(:bad_step) -> 'put_aside');
-- It waits longer each time, and is not looked at before.
SELECT put_aside FROM tasker_maintain();
SET tasker_core.fake_now = '2026-12-01 00:30:10+00';
SELECT put_aside FROM tasker_maintain();
SELECT attempts, next_try FROM troubles;
-- What is mended goes on, and the note goes with it.
ALTER TABLE tasker_workflow_steps DROP CONSTRAINT attempt_range;
SET tasker_core.fake_now = '2026-12-01 00:31:00+00';
SELECT leases_expired, put_aside FROM tasker_maintain();
SELECT * FROM troubles;
SELECT count(*) FROM tasker_cancel_task(:bad);
SELECT count(*) FROM tasker_cancel_task(:good);

-- A trigger refuses a claim: the warning names the step, and the others are claimed.
SELECT task_id AS one FROM tasker_create_task('job', '{"n": 1}') \gset
SELECT task_id AS two FROM tasker_create_task('job', '{"n": 2}') \gset
SELECT task_id AS three FROM tasker_create_task('job', '{"n": 3}') \gset
CREATE TABLE refused (task_id bigint);
INSERT INTO refused VALUES (:two);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.in_process AND EXISTS (SELECT FROM one_bad_row.refused WHERE task_id = NEW.task_id) THEN
        RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT task_id = :two AS is_refused, step_name FROM tasker_claim_steps('w', 5) ORDER BY task_id;
SELECT kind, attempts, next_try, sqlstate, message FROM troubles;
SELECT tasker_explain_step(subject_id) ->> 'summary' FROM troubles;
SELECT count(*) FROM tasker_claim_steps('w', 5);
SET tasker_core.fake_now = '2026-12-01 00:31:10+00';
SELECT count(*) FROM tasker_claim_steps('w', 5);
SELECT kind, attempts, next_try FROM troubles;
-- A cancellation is not swallowed.
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
SET tasker_core.fake_now = '2026-12-01 00:32:00+00';
SET statement_timeout = '300ms';
SELECT count(*) FROM tasker_claim_steps('w', 5);
RESET statement_timeout;
-- Nor is it in the way of what comes next.
DROP TRIGGER refuse ON tasker_workflow_steps;
SELECT task_id = :two AS is_refused FROM tasker_claim_steps('w', 5);
SELECT * FROM troubles;
SELECT count(*) FROM unnest(ARRAY[:one, :two, :three]) AS task, tasker_cancel_task(task);

-- The last open step is deleted: the task ends.
SELECT task_id AS pair FROM tasker_create_task('pair', '{}') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('w', step_names => '{p}') \gset
SELECT task_state FROM tasker_complete_step(:step, '{}', :'token');
DELETE FROM tasker_workflow_steps WHERE task_id = :pair AND workflow_step_id <> :step;
SELECT finalized FROM tasker_maintain();
SELECT complete FROM tasker_tasks WHERE task_id = :pair;

-- Waits that can never end are refused when they are laid down.
SELECT task_id AS a FROM tasker_create_task('job', '{"wait": "a"}') \gset
SELECT task_id AS b FROM tasker_create_task('job', '{"wait": "b"}') \gset
SELECT task_id AS c FROM tasker_create_task('job', '{"wait": "c"}') \gset
\set VERBOSITY sqlstate
SELECT created FROM tasker_add_steps(:a, jsonb_build_array(jsonb_build_object('name', 'self', 'wait', jsonb_build_object('task', :a))));
SELECT created FROM tasker_add_steps(:a, jsonb_build_array(jsonb_build_object('name', 'for_b', 'wait', jsonb_build_object('task', :b))));
SELECT created FROM tasker_add_steps(:b, jsonb_build_array(jsonb_build_object('name', 'for_c', 'wait', jsonb_build_object('task', :c))));
SELECT created FROM tasker_add_steps(:c, jsonb_build_array(jsonb_build_object('name', 'for_a', 'wait', jsonb_build_object('task', :a))));
\set VERBOSITY default
-- Those that arise all the same are told of.
UPDATE tasker_core_rules SET waited_task_id = :a WHERE task_id = :b;
SELECT count(*) FROM (SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', 100)) AS c, tasker_complete_step(c.s, '{}', c.k);
SELECT task_id IN (:a, :b) AS is_circular, reason FROM tasker_stuck_tasks('0 s');
SELECT severity, count(*) FROM tasker_doctor() WHERE check_name = 'wait_cycle' GROUP BY severity;
SELECT count(*) > 0 AS cancelled FROM unnest(ARRAY[:a, :b]) AS task, tasker_cancel_task(task);

-- A template that is its own subtask comes to an end.
SELECT task_id AS top FROM tasker_create_task('loop', '{}') \gset
DO $$ BEGIN FOR round IN 1..110 LOOP PERFORM tasker_maintain(); COMMIT; END LOOP; END $$;
SELECT count(*) FROM tasker_find_tasks(task_name => 'loop', max_rows => NULL);
SELECT results ->> 'error' AS error FROM tasker_workflow_steps WHERE results ->> 'error' LIKE '%nested%';
SET tasker_core.fake_now = '2026-12-01 02:00:00+00';
DO $$ BEGIN FOR round IN 1..5 LOOP PERFORM tasker_maintain(); COMMIT; END LOOP; END $$;
SELECT state, count(*) FROM tasker_core_tasks WHERE task_id >= :top GROUP BY state;
SELECT * FROM troubles;
-- A chain is cancelled level by level.
SELECT task_id AS top FROM tasker_create_task('loop', '{"again": true}') \gset
DO $$ BEGIN FOR round IN 1..50 LOOP PERFORM tasker_maintain(); COMMIT; END LOOP; END $$;
SELECT count(*) FROM tasker_cancel_task(:top);
SELECT state, count(*) FROM tasker_core_tasks WHERE task_id >= :top GROUP BY state;

-- Clean-up after a cancellation.
SELECT task_id AS t FROM tasker_create_task('clean', '{}') \gset
SELECT count(*) FROM tasker_cancel_step((SELECT workflow_step_id FROM tasker_core_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = :t AND name = 'b'));
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT task_state FROM tasker_complete_step(:s, '{}', :'k');
SELECT step_name FROM tasker_claim_steps('w', task_id => :t);

-- What is stored cannot be worked on, and never will: the step whose rule it is fails for good and says why. A refusal that may go is
-- tried again.
SELECT count(*) FROM tasker_register_task('{"name": "child", "step_templates": [{"name": "c"}]}');
SELECT count(*) FROM tasker_register_task('{"name": "parents", "step_templates": [
    {"name": "division", "subtask": {"task_name": "child", "context": {"state": "22012"}}},
    {"name": "limit", "subtask": {"task_name": "child", "context": {"state": "54000"}}},
    {"name": "damage", "subtask": {"task_name": "child", "context": {"state": "XX001"}}},
    {"name": "check", "subtask": {"task_name": "child", "context": {"state": "23514"}}},
    {"name": "sound", "subtask": {"task_name": "child", "context": {"n": 1}}}]}');
CREATE FUNCTION refuse_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.context ? 'state' THEN
        RAISE 'the application refuses' USING ERRCODE = NEW.context ->> 'state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_tasks BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION refuse_tasks();
SELECT task_id AS t FROM tasker_create_task('parents') \gset
SELECT decided, put_aside FROM tasker_maintain();
SELECT step.step_name, step.state, told.retryable, told.results ->> 'error' AS error
FROM (SELECT s.*, n.name AS step_name FROM tasker_core_steps AS s JOIN tasker_named_steps AS n USING (named_step_id)) AS step JOIN tasker_workflow_steps AS told USING (workflow_step_id)
WHERE step.task_id = :t ORDER BY 1;
SELECT kind, attempts, sqlstate, message FROM troubles;
SELECT count(*) AS subtasks FROM tasker_core_tasks WHERE parent_task_id = :t;
