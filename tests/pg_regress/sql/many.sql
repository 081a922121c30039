-- Operator actions on all that matches filters: tasker_cancel_many(), tasker_pause_many(), tasker_resume_many() and
-- tasker_resolve_many().
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA many;
SET search_path = many, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
-- Nothing there is no error.
SELECT count(*) FROM tasker_cancel_many(active => true, dry_run => false);
SELECT count(*) FROM tasker_pause_many(dry_run => false);
SELECT count(*) FROM tasker_resume_many(dry_run => false);
SELECT count(*) FROM tasker_resolve_many(task_id => 1, dry_run => false);
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (2, 'shop', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, task_namespace_id, name, version, created_at, updated_at)
VALUES (2, 2, 'refund', '1.2.0', '2026-01-01', '2026-01-01');
-- 1 and 2 wait, 3 runs, 4 has failed, 5 to 7 are closed, 8 and 9 are refunds.
SELECT make_task(id, id * 100 + 1, 2, '{{1,2}}') FROM generate_series(1, 9) AS id;
UPDATE tasker_tasks SET named_task_id = 2, initiator = 'Ann', tags = '["big", "late"]', created_at = '2026-01-01 11:00' WHERE task_id >= 8;
SELECT move_task(3, 'in_progress'), move_step(301, 'in_progress'), move_task(4, 'error', '2026-01-01 10:00');
SELECT move_task(5, 'in_progress'), move_task(5, 'complete'), move_task(6, 'cancelled'), move_task(7, 'error'), move_task(7, 'resolved_manually');
SELECT tasker_annotate_task(8, 'triage', '{"ticket": "A-7"}') > 0 AS annotated;
SELECT skip_ids();

-- The filters are those of tasker_find_tasks(); only open tasks match.
CREATE FUNCTION found(call text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
    others bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(task_id) FROM tasker_cancel_many(%s)', call) INTO found;
    EXECUTE format('SELECT array_agg(task_id) FROM tasker_pause_many(%s)', call) INTO others;
    IF found IS DISTINCT FROM others THEN
        RAISE 'cancel: %, pause: %', found, others;
    END IF;
    RETURN found;
END
$$;
SELECT call, found(call) FROM unnest(ARRAY[
    '', '3', '5', '999', 'states => ''{pending}''', 'states => ''{error,in_progress}''', 'states => ''{complete,cancelled}''', 'states => ''{}''',
    'states => ''{error,NULL}''', 'states => ''{unknown}''', 'active => true', 'active => false', 'namespace => ''shop''', 'namespace => ''none''',
    'task_name => ''refund''', 'version => ''1.2.0''', 'version => ''9''', 'initiator => ''Ann''', 'initiator => ''Bob''', 'tag => ''late''', 'tag => ''early''',
    'annotation_type => ''triage''', 'annotation_type => ''triage'', annotation_key => ''ticket''',
    'annotation_type => ''triage'', annotation_key => ''ticket'', annotation_value => ''A-7''',
    'annotation_type => ''triage'', annotation_key => ''ticket'', annotation_value => ''B''',
    'created_since => ''2026-01-01 11:00+00''', 'created_since => ''2026-01-01 10:00+01''', 'created_since => ''infinity''',
    'failed_since => ''2026-01-01 10:00+00''', 'failed_since => ''2026-01-01 10:00:01+00''', 'parent_task_id => 1', 'after_id => 4',
    'max_rows => 2', 'max_rows => 0', 'after_id => 2, max_rows => 2', 'max_rows => NULL', 'namespace => ''shop'', tag => ''big'', after_id => 8'
]) AS call;
SELECT array_agg(task_id) FROM tasker_resume_many();
SET TimeZone = 'Asia/Kolkata';
SELECT found('created_since => ''2026-01-01 16:30''');
RESET TimeZone;

-- Bad arguments.
SELECT * FROM tasker_cancel_many(max_rows => -1);
SELECT * FROM tasker_pause_many(dry_run => NULL);
SELECT * FROM tasker_cancel_many(dry_run => false);
SELECT * FROM tasker_cancel_many(after_id => 5, reason => 'no filter', dry_run => false);
SELECT * FROM tasker_resolve_many(dry_run => false);
SELECT * FROM tasker_resolve_many('retryable', after_id => 5, results => '{}', dry_run => false);
SELECT * FROM tasker_resolve_many('blocked');
SELECT * FROM tasker_resolve_many('none');
SELECT * FROM tasker_resolve_many(NULL);
SELECT * FROM tasker_resolve_many(task_id => 1, dry_run => NULL);
SELECT * FROM tasker_resolve_many(max_rows => -1);

-- A dry run changes nothing, also in a read-only transaction.
BEGIN READ ONLY;
SELECT * FROM tasker_cancel_many(max_rows => 4);
SELECT * FROM tasker_pause_many(namespace => 'shop');
SELECT * FROM tasker_resume_many();
SELECT * FROM tasker_resolve_many();
SELECT * FROM tasker_pause_many(dry_run => false);
ROLLBACK;

-- Pause and resume.
SELECT tasker_subscribe('audit') AS is_new;
SELECT task_id, action, done, refusal FROM tasker_pause_many(task_name => 'order', reason => 'stocktaking', dry_run => false);
SELECT task_id, paused_at, paused_by = session_user AS by_me, pause_reason FROM tasker_core_tasks WHERE paused_at IS NOT NULL ORDER BY task_id;
SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) AS claimed FROM tasker_claim_steps('w', 10);
-- What is paused already is left alone, and is not in the way of the others.
SELECT task_id, done FROM tasker_pause_many(dry_run => false, max_rows => 1);
SELECT task_id, done FROM tasker_pause_many(dry_run => false);
SELECT task_id, done FROM tasker_pause_many(dry_run => false);
SELECT task_id, current_state, action, done FROM tasker_resume_many(namespace => 'default', states => '{pending}', max_rows => 1);
SELECT task_id, done FROM tasker_resume_many(4, dry_run => false);
SELECT task_id, current_state, action, done, refusal FROM tasker_resume_many(reason => 'done', dry_run => false);
SELECT count(*) FROM tasker_resume_many(dry_run => false);
SELECT event, task_id, payload ->> 'reason' AS reason FROM tasker_read_events('audit') WHERE event ~ 'paused|resumed' ORDER BY event, task_id;
SELECT tasker_unsubscribe('audit') AS was_there;
SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) AS claimed FROM tasker_claim_steps('w', 10);
-- A closed task is neither paused nor resumed.
SELECT tasker_pause_task(1);
SELECT count(*) FROM tasker_cancel_task(1);
SELECT count(*) FROM tasker_resume_many(dry_run => false);
SELECT count(*) FROM tasker_pause_many(1, dry_run => false);

-- Cancel.
SELECT task_id, current_state, action, done, refusal FROM tasker_cancel_many(states => '{in_progress}', task_name => 'order', reason => 'wrong price', dry_run => false);
SELECT task_id, state FROM tasker_core_tasks ORDER BY task_id;
SELECT task_id, state, count(*) FROM tasker_core_steps GROUP BY 1, 2 HAVING task_id < 5 ORDER BY 1, 2;
SELECT to_state, metadata - 'cancelled_by' AS metadata FROM tasker_task_history(4) ORDER BY sort_key DESC LIMIT 1;
SELECT task_id, done FROM tasker_cancel_many(active => true, max_rows => NULL, dry_run => false);
SELECT * FROM _tasker_drift('many'::regnamespace);

-- A task is cancelled with its subtasks, whichever of them match; a task that waits for one of them goes on.
SELECT version FROM tasker_register_task('{"name": "child", "step_templates": [{"name": "work"}]}');
SELECT version FROM tasker_register_task('{"name": "parent", "step_templates": [
    {"name": "start", "subtask": {"task_name": "child", "context": {"level": 1}}},
    {"name": "again", "subtask": {"task_name": "child", "context": {"level": 2}}}]}');
SELECT version FROM tasker_register_task('{"name": "onlooker", "step_templates": [{"name": "look"}]}');
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT task_id AS onlooker FROM tasker_create_task('onlooker', '{}') \gset
SELECT count(*) FROM tasker_claim_steps('w', 10);
SELECT min(task_id) AS child FROM tasker_find_tasks(task_name => 'child') \gset
SELECT count(*) FROM tasker_add_steps(:onlooker, jsonb_build_array(jsonb_build_object('name', 'watch', 'wait', jsonb_build_object('task', :child))));
SELECT task_id - :parent AS task, task_name, done, refusal FROM tasker_cancel_many(parent_task_id => :parent, dry_run => true);
BEGIN;
-- The children alone: the steps that wait for them fail.
SELECT task_id - :parent AS task, task_name, done, refusal FROM tasker_cancel_many(parent_task_id => :parent, dry_run => false);
SELECT task_id - :parent AS task, state FROM tasker_core_tasks WHERE task_id >= :parent ORDER BY task_id;
SELECT task_id - :parent AS task, step_name, current_state FROM tasker_find_steps(created_since => '2026-01-01 12:00+00') WHERE task_id >= :parent;
ROLLBACK;
-- One child alone, whose sibling runs on.
BEGIN;
SELECT task_id - :parent AS task, done, refusal FROM tasker_cancel_many(:child, dry_run => false);
SELECT task_id - :parent AS task, state FROM tasker_core_tasks WHERE task_id >= :parent ORDER BY task_id;
ROLLBACK;
BEGIN;
SELECT state FROM tasker_cancel_task(:child + 1);
SELECT task_id - :parent AS task, state FROM tasker_core_tasks WHERE task_id >= :parent ORDER BY task_id;
ROLLBACK;
BEGIN;
-- All of them: one has been cancelled with its parent when its turn comes.
SELECT task_id - :parent AS task, task_name, done, refusal FROM tasker_cancel_many(created_since => '2026-01-01 12:00+00', dry_run => false) ORDER BY 1;
SELECT task_id - :parent AS task, state FROM tasker_core_tasks WHERE task_id >= :parent ORDER BY task_id;
SELECT * FROM _tasker_drift('many'::regnamespace);
ROLLBACK;
SELECT task_id - :parent AS task, task_name, done, refusal FROM tasker_cancel_many(:parent, dry_run => false);
SELECT task_id - :parent AS task, state FROM tasker_core_tasks WHERE task_id >= :parent ORDER BY task_id;
SELECT * FROM _tasker_drift('many'::regnamespace);

-- Resolve: the filters are those of tasker_retry_many(), and some of tasker_find_steps().
SELECT make_task(id, id * 100 + 1, 3, '{{1,2}}') FROM generate_series(11, 14) AS id;
UPDATE tasker_tasks SET named_task_id = 2 WHERE task_id = 14;
UPDATE tasker_workflow_steps SET attempts = 3, results = '{"error": "no answer", "error_class": "Timeout"}' WHERE workflow_step_id IN (1101, 1201);
UPDATE tasker_workflow_steps SET attempts = 3, created_at = '2026-01-01 09:00', results = '{"error": "refused", "error_class": "Refused"}'
WHERE workflow_step_id IN (1103, 1403);
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 1301;
SELECT move_step(id, 'error', '2026-01-01 10:00') FROM unnest(ARRAY[1101, 1301, 1403]) AS id;
SELECT move_step(id, 'error', '2026-01-01 11:00') FROM unnest(ARRAY[1103, 1201]) AS id;
CREATE FUNCTION failed(call text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    failed bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(workflow_step_id) FROM tasker_resolve_many(%s)', call) INTO failed;
    RETURN failed;
END
$$;
SELECT call, failed(call) FROM unnest(ARRAY[
    '', '''retryable''', 'task_id => 11', 'task_id => 999', 'namespace => ''shop''', 'task_name => ''order''', 'version => ''1.2.0''', 'step_name => ''step_3''',
    'error_class => ''Timeout''', 'error_class => ''none''', 'created_since => ''2026-01-01 09:00+00''', 'failed_since => ''2026-01-01 10:30+00''',
    'after_id => 1101', 'max_rows => 1', 'after_id => 1101, max_rows => 1', 'max_rows => 0', '''exhausted'', 11, ''default'', ''order'', ''0.1.0'', ''step_1'', ''Timeout'''
]) AS call;
SELECT * FROM tasker_resolve_many(error_class => 'Timeout', results => '{"by": "phone"}', resolved_by => 'Ann', reason => 'they called', dry_run => false);
SELECT workflow_step_id, results FROM tasker_workflow_steps WHERE workflow_step_id IN (1101, 1201) ORDER BY 1;
SELECT to_state, metadata FROM tasker_step_history(1101) ORDER BY sort_key DESC LIMIT 1;
-- The steps after them may run.
SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) AS claimed FROM tasker_claim_steps('w', 2, task_names => '{order}', step_names => '{step_2}');
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many('retryable', failed_since => '-infinity', dry_run => false);
-- Without results, those that are stored stay.
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many(failed_since => '-infinity', dry_run => false);
SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = 1103;
SELECT count(*) FROM tasker_resolve_many(failed_since => '-infinity', dry_run => false);
SELECT * FROM _tasker_drift('many'::regnamespace);

-- A trigger of the application that refuses one task or step refuses it alone.
SELECT make_task(id, id * 100 + 1, 1) FROM generate_series(21, 24) AS id;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is sacred', to_jsonb(NEW) ->> TG_ARGV[0] USING ERRCODE = TG_ARGV[1];
END
$$;
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER sacred BEFORE INSERT ON tasker_task_transitions FOR EACH ROW WHEN (NEW.task_id = 22) EXECUTE FUNCTION refuse('task_id', 'P0001');
CREATE TRIGGER lost BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW WHEN (NEW.workflow_step_id = 2301) EXECUTE FUNCTION forget();
SELECT task_id, done, refusal FROM tasker_cancel_many(created_since => '-infinity', after_id => 20, dry_run => false);
SELECT task_id, state FROM tasker_core_tasks WHERE task_id > 20 AND task_id < 30 ORDER BY task_id;
SELECT task_id, state FROM tasker_core_steps WHERE task_id > 20 AND task_id < 30 ORDER BY task_id;
-- One that the whole call depends on ends it.
DROP TRIGGER sacred ON tasker_task_transitions;
CREATE TRIGGER sacred BEFORE INSERT ON tasker_task_transitions FOR EACH ROW WHEN (NEW.task_id = 22) EXECUTE FUNCTION refuse('task_id', '40001');
SELECT task_id, done, refusal FROM tasker_cancel_many(22, dry_run => false);
DROP TRIGGER sacred ON tasker_task_transitions;
DROP TRIGGER lost ON tasker_workflow_step_transitions;
SELECT move_step(id, 'error') FROM unnest(ARRAY[2201, 2301]) AS id;
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id IN (2201, 2301);
CREATE TRIGGER sacred BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW WHEN (NEW.workflow_step_id = 2201)
    EXECUTE FUNCTION refuse('workflow_step_id', '23514');
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many(failed_since => '-infinity', dry_run => false);
DROP TRIGGER sacred ON tasker_workflow_step_transitions;
SELECT * FROM _tasker_drift('many'::regnamespace);

-- The rights of the caller count.
CREATE ROLE tasker_many;
GRANT USAGE ON SCHEMA many TO tasker_many;
SET ROLE tasker_many;
SELECT * FROM tasker_cancel_many(22);
SELECT * FROM tasker_pause_many(22);
SELECT * FROM tasker_resume_many(22);
SELECT * FROM tasker_resolve_many(task_id => 22);
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA many TO tasker_many;
SET ROLE tasker_many;
SELECT task_id, done FROM tasker_cancel_many(22);
SELECT workflow_step_id, done FROM tasker_resolve_many(task_id => 22);
-- Also where nothing matches.
SELECT * FROM tasker_cancel_many(999, dry_run => false);
SELECT * FROM tasker_pause_many(999, dry_run => false);
SELECT * FROM tasker_resume_many(999, dry_run => false);
SELECT * FROM tasker_resolve_many(task_id => 999, dry_run => false);
RESET ROLE;
-- One column is enough to begin with, but not for everything.
GRANT UPDATE (updated_at) ON tasker_tasks, tasker_workflow_steps TO tasker_many;
SET ROLE tasker_many;
SELECT task_id, done, refusal FROM tasker_pause_many(22, dry_run => false);
SELECT task_id, done, refusal FROM tasker_resume_many(22, dry_run => false);
SELECT task_id, done, refusal FROM tasker_cancel_many(22, dry_run => false);
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many(task_id => 22, dry_run => false);
RESET ROLE;
SELECT task_id, state, paused_at FROM tasker_core_tasks WHERE task_id = 22;
GRANT UPDATE, INSERT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_transitions TO tasker_many;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA many TO tasker_many;

-- Row-level security: what is hidden does not exist, and what may be seen but not changed is refused.
SELECT make_task(id, id * 100 + 1, 1) FROM generate_series(31, 33) AS id;
UPDATE tasker_tasks SET initiator = 'tenant' WHERE task_id IN (31, 32);
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON tasker_tasks FOR SELECT TO tasker_many USING (initiator = 'tenant');
CREATE POLICY changed ON tasker_tasks FOR UPDATE TO tasker_many USING (task_id = 31);
SET ROLE tasker_many;
SELECT task_id, done FROM tasker_cancel_many(after_id => 30);
SELECT task_id, done FROM tasker_cancel_many(33);
SELECT task_id, done, refusal FROM tasker_pause_many(after_id => 30, dry_run => false);
SELECT task_id, done, refusal FROM tasker_resume_many(after_id => 30, dry_run => false);
SELECT task_id, done, refusal FROM tasker_cancel_many(active => true, after_id => 30, dry_run => false);
RESET ROLE;
SELECT task_id, state, paused_at FROM tasker_core_tasks WHERE task_id > 30 AND task_id < 40 ORDER BY task_id;
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id IN (3201, 3301);
SELECT move_step(id, 'error') FROM unnest(ARRAY[3201, 3301]) AS id;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON tasker_workflow_steps FOR SELECT TO tasker_many USING (true);
CREATE POLICY changed ON tasker_workflow_steps FOR UPDATE TO tasker_many USING (workflow_step_id <> 3201);
SET ROLE tasker_many;
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many(failed_since => '-infinity', after_id => 3000, dry_run => false);
SET row_security = off;
SELECT * FROM tasker_cancel_many(33);
RESET row_security;
RESET ROLE;
SELECT workflow_step_id, state FROM tasker_core_steps WHERE workflow_step_id IN (3201, 3301) ORDER BY 1;

-- REPEATABLE READ, when nothing has changed meanwhile.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT task_id, done FROM tasker_pause_many(33, dry_run => false);
SELECT task_id, done FROM tasker_resume_many(33, dry_run => false);
SELECT workflow_step_id, done FROM tasker_resolve_many(task_id => 33, dry_run => false);
SELECT task_id, done FROM tasker_cancel_many(32, dry_run => false);
COMMIT;
SELECT * FROM _tasker_drift('many'::regnamespace);

-- A task that cannot be read is refused alone. (Steps of such a task do not match.)
SELECT make_task(id, id * 100 + 1, 1) FROM generate_series(41, 44) AS id;
SELECT move_step(4201, 'odd'), move_step(4101, 'error');
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 4101;
SELECT task_id, done, refusal FROM tasker_pause_many(after_id => 40, max_rows => 4, dry_run => false);
SELECT task_id, done, refusal FROM tasker_resume_many(after_id => 40, dry_run => false);
SELECT workflow_step_id, done, refusal FROM tasker_resolve_many(failed_since => '-infinity', after_id => 4000, dry_run => false);
SELECT task_id, done, refusal FROM tasker_cancel_many(active => true, after_id => 40, max_rows => 4, dry_run => false);
SELECT task_id, state FROM tasker_core_tasks WHERE task_id > 40 AND task_id < 50 ORDER BY task_id;

-- Very many at once.
SELECT count(make_task(id, id * 10, 1)) FROM generate_series(5001, 7000) AS id;
SELECT count(*), count(*) FILTER (WHERE done) AS done FROM tasker_pause_many(after_id => 5000, max_rows => NULL, dry_run => false);
SELECT count(*), count(*) FILTER (WHERE done) AS done FROM tasker_resume_many(after_id => 5000, max_rows => 1500, dry_run => false);
SELECT count(*), count(*) FILTER (WHERE done) AS done FROM tasker_cancel_many(active => true, after_id => 5000, max_rows => NULL, dry_run => false);
SELECT state, count(*) FROM tasker_core_tasks WHERE task_id > 5000 GROUP BY state;
SELECT * FROM _tasker_drift('many'::regnamespace);
DROP SCHEMA many CASCADE;
DROP OWNED BY tasker_many;
DROP ROLE tasker_many;
