-- Ended tasks are deleted, many at once; what cannot be deleted is refused alone.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA purge;
SET search_path = purge, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "step_templates": [
    {"name": "pay"}, {"name": "ship", "depends_on_step": "pay"}, {"name": "mail", "depends_on_step": "pay"}]}');
SELECT created FROM tasker_register_task('{"name": "job", "version": "1.2.0", "step_templates": [{"name": "run"}]}');
SELECT created FROM tasker_register_task('{"name": "whole", "step_templates": [{"name": "part", "subtask": {"task_name": "job", "version": "1.2.0"}}]}');
CREATE VIEW row_counts AS
SELECT relation.relname AS table_name,
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM purge.%I', relation.relname), true, true, '')))[1]::text::integer AS rows
FROM pg_class AS relation
WHERE relation.relnamespace = 'purge'::regnamespace AND relation.relkind = 'r'
    AND relation.relname !~ 'named|namespaces|systems|templates|counts|config|annotation_types';
CREATE TABLE before AS SELECT * FROM row_counts;
CREATE VIEW left_behind AS
SELECT table_name, now.rows - before.rows AS more FROM row_counts AS now JOIN before USING (table_name) WHERE now.rows <> before.rows;

-- Tasks that ended on 1 January in each state, and one that runs. Task 1 left rows in many side tables.
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE FUNCTION work(tasks bigint[], worker text DEFAULT 'worker') RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM unnest(tasks) AS task (id), tasker_claim_steps(worker, 100, task_id => task.id) AS claimed,
        tasker_complete_step(claimed.workflow_step_id, '{"ok": true}', claimed.claim_token)
$$;
SELECT task_id FROM tasker_create_tasks('[{"task_name": "order", "namespace": "shop", "context": {"n": 1}, "options": {"initiator": "Ann", "tags": ["old", "red"]}},
    {"task_name": "order", "namespace": "shop", "context": {"n": 2}}, {"task_name": "order", "namespace": "shop", "context": {"n": 3}},
    {"task_name": "order", "namespace": "shop", "context": {"n": 4}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 5}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 6}}]');
SELECT tasker_annotate_task(1, 'note', '{"by": "Ann"}') > 0 AS annotated;
SELECT tasker_signal(1, 'go', '{}') IS NOT NULL AS sent;
SELECT work('{1,2}'), work('{1,2}');
SELECT count(*) FROM tasker_due_tasks('scheduler');
SELECT count(*) FROM tasker_cancel_task(3);
SELECT count(*) FROM tasker_claim_steps('worker', task_id => 4);
SELECT count(*) FROM unnest('{5,6}'::bigint[]) AS task (id), tasker_claim_steps('worker', task_id => task.id) AS claimed, tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', retryable => false, claim_token => claimed.claim_token);
SELECT tasker_transition_task(6, 'resolved_manually') IS NOT NULL AS moved;
SELECT task_id, current_state FROM tasker_find_tasks();

-- A dry run, the default, changes nothing. It shows what ended before that time, in the order of the ids.
SET tasker_core.fake_now = '2026-01-04 12:00:00+00';
SELECT * FROM tasker_purge('1 day');
SELECT * FROM tasker_purge('3 days');
SELECT task_id FROM tasker_purge('2 days 23:59:59');
SELECT task_id, state FROM tasker_purge('1 day', states => '{complete,error}');
SELECT task_id, state FROM tasker_purge('1 day', states => '{cancelled}');
SELECT task_id FROM tasker_purge('1 day', states => '{}');
SELECT task_id FROM tasker_purge('1 day', namespace => 'shop', task_name => 'order', version => '0.1.0');
SELECT task_id FROM tasker_purge('1 day', task_name => 'none');
SELECT task_id FROM tasker_purge('1 day', initiator => 'Ann');
SELECT task_id FROM tasker_purge('1 day', tag => 'red');
SELECT task_id FROM tasker_purge('1 day', annotation_type => 'note', annotation_key => 'by', annotation_value => 'Ann');
SELECT task_id FROM tasker_purge('1 day', after_id => 1, max_rows => 1);
SELECT task_id FROM tasker_purge('1 day', max_rows => 0);
SELECT count(*) FROM tasker_find_tasks();

-- Nothing is left of a task, and nothing of others is touched. A call goes on where the last one ended.
SELECT task_id, state, steps, done, refusal FROM tasker_purge('1 day', dry_run => false, max_rows => 2);
SELECT task_id, state, steps, done, refusal FROM tasker_purge('1 day', dry_run => false, max_rows => 2);
SELECT task_id, state, steps, done, refusal FROM tasker_purge('1 day', dry_run => false, max_rows => 2);
SELECT task_id, current_state FROM tasker_find_tasks();
SELECT task_id, state, steps, done, refusal FROM tasker_purge('1 day', '{error}', dry_run => false);
SELECT task_id, current_state FROM tasker_find_tasks();
SELECT tasker_cancel_task(4) IS NOT NULL AS cancelled;
SELECT task_id, done FROM tasker_purge('0', dry_run => false);
SET tasker_core.fake_now = '2026-01-04 12:00:01+00';
SELECT task_id, done FROM tasker_purge('0', dry_run => false);
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- In error, but a step of it will run again.
SELECT task_id AS t FROM tasker_create_task('order', '{"n": 10}', 'shop') \gset
SELECT work(ARRAY[:t]);
SELECT count(*) FROM tasker_claim_steps('worker', 1, task_id => :t) AS claimed, tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', claim_token => claimed.claim_token);
SELECT tasker_transition_task(:t, 'error') IS NOT NULL AS moved;
SET tasker_core.fake_now = '2026-01-05 12:00:00+00';
SELECT refusal ~ '^its step \d+ runs or will be retried$' AS refused FROM tasker_purge('1 hour', '{error}');
SELECT done, refusal ~ '^its step \d+ runs or will be retried$' AS refused FROM tasker_purge('1 hour', '{error}', dry_run => false);
SELECT tasker_cancel_task(:t) IS NOT NULL AS cancelled;

-- Subtasks: not before their parents, and parents not before their subtasks.
SELECT task_id AS whole FROM tasker_create_task('whole') \gset
SELECT decided FROM tasker_maintain();
SELECT task_id AS part FROM tasker_find_tasks(parent_task_id => :whole) \gset
SELECT work(ARRAY[:part]);
SELECT task_id AS other FROM tasker_create_task('whole', '{"n": 2}') \gset
SELECT decided FROM tasker_maintain();
SELECT task_id AS running FROM tasker_find_tasks(parent_task_id => :other) \gset
SELECT tasker_transition_task(:other, 'cancelled') IS NOT NULL AS moved;
SET tasker_core.fake_now = '2026-01-06 12:00:00+00';
SELECT task_id = :whole AS whole, task_id = :part AS part, task_id = :other AS other, done, replace(refusal, :'running', '…') FROM tasker_purge('1 hour', parent_task_id => :whole)
UNION ALL SELECT task_id = :whole, task_id = :part, task_id = :other, done, replace(refusal, :'running', '…') FROM tasker_purge('1 hour', task_name => 'whole', dry_run => false);
SELECT task_id = :part AS part, done, refusal FROM tasker_purge('1 hour', dry_run => false, task_name => 'job');
SELECT tasker_cancel_task(:running) IS NOT NULL AS cancelled;
SET tasker_core.fake_now = '2026-01-07 12:00:00+00';
SELECT count(*), bool_and(done) FROM tasker_purge('1 hour', dry_run => false);
SELECT count(*), bool_and(done) FROM tasker_purge('1 hour', dry_run => false);
SELECT * FROM left_behind;

-- A step of another task waits for it, or depends on one of its steps.
SELECT task_id AS a FROM tasker_create_task('order', '{"n": 20}', 'shop') \gset
SELECT task_id AS b FROM tasker_create_task('order', '{"n": 21}', 'shop') \gset
SELECT work(ARRAY[:a]), work(ARRAY[:a]);
SELECT workflow_step_id AS needed FROM tasker_find_steps(task_id => :a, step_name => 'ship') \gset
SELECT workflow_step_id AS waiting FROM tasker_find_steps(task_id => :b, step_name => 'pay') \gset
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (:needed, :waiting, 'provides', now(), now());
SET tasker_core.fake_now = '2026-01-08 12:00:00+00';
SELECT task_id = :a AS a, done, replace(refusal, :'waiting', '…') FROM tasker_purge('1 hour', dry_run => false);
SELECT tasker_cancel_task(:b) IS NOT NULL AS cancelled;
SELECT task_id = :a AS a, done, refusal FROM tasker_purge('1 hour', dry_run => false);
-- The side row of the other task's step follows the edge that is gone.
SELECT parent_step_ids FROM tasker_core_steps WHERE workflow_step_id = :waiting;
SELECT * FROM tasker_doctor();
SET tasker_core.fake_now = '2026-01-09 12:00:00+00';
SELECT done, refusal FROM tasker_purge('1 hour', dry_run => false);
SELECT * FROM left_behind;

-- A foreign key of the application, a trigger that raises, and one that discards: the others of the batch are deleted.
CREATE TABLE invoices (task_id bigint REFERENCES tasker_tasks);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.context ->> 'keep' = 'raise' THEN
        -- PostgreSQL's code for a lock that is not free, which is not taken for one.
        RAISE 'task % is kept', OLD.context ->> 'n' USING ERRCODE = '55P03';
    END IF;
    RETURN CASE WHEN OLD.context ->> 'keep' IS NULL THEN OLD END;
END
$$;
CREATE TRIGGER keep BEFORE DELETE ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION keep();
CREATE FUNCTION keep_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN OLD.results ->> 'keep' IS NULL THEN OLD END; END $$;
CREATE TRIGGER keep BEFORE DELETE ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION keep_step();
SELECT count(*) FROM tasker_create_tasks('[{"task_name": "job", "version": "1.2.0", "context": {"n": 30}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 31}},
    {"task_name": "job", "version": "1.2.0", "context": {"n": 32, "keep": "raise"}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 33, "keep": "discard"}},
    {"task_name": "job", "version": "1.2.0", "context": {"n": 34}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 35}}]');
CREATE FUNCTION task(n integer) RETURNS bigint LANGUAGE sql AS $$ SELECT task_id FROM tasker_tasks WHERE context ->> 'n' = $1::text $$;
SELECT work(array_agg(task(n))) FROM generate_series(30, 35) AS n;
UPDATE tasker_workflow_steps SET results = '{"keep": true}' WHERE task_id = task(34);
INSERT INTO invoices VALUES (task(31));
SET tasker_core.fake_now = '2026-01-10 12:00:00+00';
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('1 hour', dry_run => false) AS answer USING (task_id) ORDER BY 1;
SELECT context ->> 'n' AS n FROM tasker_tasks ORDER BY 1;
SELECT * FROM tasker_doctor();
-- Refused tasks are passed over.
SELECT count(*) FROM tasker_purge('1 hour', after_id => task(33), dry_run => false, max_rows => 1);
DROP TRIGGER keep ON tasker_tasks;
DROP TRIGGER keep ON tasker_workflow_steps;
-- With ON DELETE CASCADE, the application's rows go too.
ALTER TABLE invoices DROP CONSTRAINT invoices_task_id_fkey, ADD FOREIGN KEY (task_id) REFERENCES tasker_tasks ON DELETE CASCADE;
SELECT count(*), bool_and(done) FROM tasker_purge('1 hour', dry_run => false);
SELECT count(*) FROM invoices;
-- A trigger that writes to another task while a task is deleted.
SELECT count(*) FROM tasker_create_tasks('[{"task_name": "job", "version": "1.2.0", "context": {"n": 40}}, {"task_name": "job", "version": "1.2.0", "context": {"n": 41}}]');
SELECT work(ARRAY[task(40)]);
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tasker_workflow_steps WHERE task_id = task(41);
    DELETE FROM tasker_tasks WHERE task_id = task(41);
    RETURN OLD;
END
$$;
CREATE TRIGGER follow BEFORE DELETE ON tasker_tasks FOR EACH ROW WHEN (OLD.context ->> 'n' = '40') EXECUTE FUNCTION follow();
SET tasker_core.fake_now = '2026-01-11 12:00:00+00';
SELECT done, refusal FROM tasker_purge('1 hour', dry_run => false);
DROP TRIGGER follow ON tasker_tasks;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- Triggers of the application keep rows that refer to a task or to a step: such a task is refused alone.
DROP TABLE invoices;
CREATE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON tasker_task_annotations FOR EACH ROW WHEN (OLD.annotation ? 'keep') EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep BEFORE DELETE ON tasker_task_transitions FOR EACH ROW WHEN (OLD.metadata ? 'keep') EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep BEFORE DELETE ON tasker_workflow_step_transitions FOR EACH ROW WHEN (OLD.metadata ? 'keep') EXECUTE FUNCTION keep_row();
CREATE TRIGGER keep BEFORE DELETE ON tasker_workflow_step_edges FOR EACH ROW WHEN (OLD.name = 'keep') EXECUTE FUNCTION keep_row();
SELECT count(*) FROM generate_series(42, 48) AS n, tasker_create_task('order', jsonb_build_object('n', n), 'shop');
SELECT work(array_agg(task(n))), work(array_agg(task(n))) FROM generate_series(42, 48) AS n;
SELECT tasker_annotate_task(task(43), 'note', '{"keep": true}') > 0 AS annotated;
UPDATE tasker_task_transitions SET metadata = '{"keep": true}' WHERE task_id = task(44);
UPDATE tasker_workflow_step_transitions SET metadata = '{"keep": true}' WHERE workflow_step_id = (SELECT max(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = task(45));
UPDATE tasker_workflow_step_edges SET name = 'keep' WHERE to_step_id = (SELECT max(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = task(46));
CREATE TABLE parcels (workflow_step_id bigint);
INSERT INTO parcels SELECT max(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = task(48);
SET tasker_core.fake_now = '2026-01-11 12:30:00+00';
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('10 minutes', dry_run => false, max_rows => 6) AS answer USING (task_id) ORDER BY 1;
SELECT context ->> 'n' AS n FROM tasker_tasks ORDER BY 1;
SHOW session_replication_role;
DROP TRIGGER keep ON tasker_task_annotations;
DROP TRIGGER keep ON tasker_task_transitions;
DROP TRIGGER keep ON tasker_workflow_step_transitions;
-- A foreign key of the application to steps, and one of the engine that the application has made deferrable.
ALTER TABLE parcels ADD CONSTRAINT parcels_step FOREIGN KEY (workflow_step_id) REFERENCES tasker_workflow_steps;
SELECT conname AS edge_key FROM pg_constraint WHERE conrelid = 'tasker_workflow_step_edges'::regclass AND contype = 'f' AND pg_get_constraintdef(oid) ~ '\(to_step_id\)' \gset
ALTER TABLE tasker_workflow_step_edges ALTER CONSTRAINT :edge_key DEFERRABLE INITIALLY DEFERRED;
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('10 minutes', dry_run => false) AS answer USING (task_id) ORDER BY 1;
ALTER TABLE tasker_workflow_step_edges ALTER CONSTRAINT :edge_key NOT DEFERRABLE;
DROP TRIGGER keep ON tasker_workflow_step_edges;
DROP TABLE parcels;
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false);
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- Code of the application never runs while triggers are off: a condition on one of our own trigger functions, a key to another column, and
-- an expression that the planner evaluates.
CREATE TABLE seen (place text, setting text);
CREATE FUNCTION look(place text) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN INSERT INTO purge.seen VALUES (place, current_setting('session_replication_role')); RETURN 1; END $$;
CREATE FUNCTION look_again(place text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM purge.look(place); RETURN 1; END $$;
SELECT count(*) FROM generate_series(60, 65) AS n, tasker_create_task('order', jsonb_build_object('n', n), 'shop');
SELECT work(array_agg(task(n))), work(array_agg(task(n))) FROM generate_series(60, 65) AS n;
SET tasker_core.fake_now = '2026-01-11 13:00:00+00';
CREATE TRIGGER again AFTER DELETE ON tasker_workflow_steps FOR EACH ROW WHEN (look('condition') = 1) EXECUTE FUNCTION _tasker_sync_steps();
ALTER TABLE tasker_workflow_steps ENABLE ALWAYS TRIGGER again;
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false, max_rows => 2);
DROP TRIGGER again ON tasker_workflow_steps;
CREATE STATISTICS expression ON (task_id + look_again('statistics')) FROM tasker_tasks;
ANALYZE tasker_tasks;
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false, max_rows => 2);
DROP STATISTICS expression;
SELECT DISTINCT place, setting FROM seen ORDER BY place, setting;
ALTER TABLE tasker_task_annotations DROP CONSTRAINT task_annotations_task_id_foreign;
ALTER TABLE tasker_tasks ADD legacy_id bigint UNIQUE;
SELECT count(*) FROM tasker_create_task('order', '{"n": 66}', 'shop');
UPDATE tasker_tasks SET legacy_id = task(66) WHERE task_id = task(64);
SELECT tasker_annotate_task(task(66), 'note', '{}') > 0 AS annotated;
ALTER TABLE tasker_task_annotations ADD CONSTRAINT legacy FOREIGN KEY (task_id) REFERENCES tasker_tasks (legacy_id) NOT VALID;
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('10 minutes', dry_run => false) AS answer USING (task_id) ORDER BY 1;
ALTER TABLE tasker_task_annotations DROP CONSTRAINT legacy, ADD CONSTRAINT task_annotations_task_id_foreign FOREIGN KEY (task_id) REFERENCES tasker_tasks;
ALTER TABLE tasker_tasks DROP legacy_id;
SELECT tasker_cancel_task(task(66)) IS NOT NULL AS cancelled;
SET tasker_core.fake_now = '2026-01-11 14:00:00+00';
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false);
SELECT * FROM left_behind WHERE table_name <> 'seen';

-- A trigger that replaces the table of steps in the middle, by one whose ids have a type of the application.
SELECT count(*) FROM generate_series(67, 70) AS n, tasker_create_task('order', jsonb_build_object('n', n), 'shop');
SELECT work(array_agg(task(n))), work(array_agg(task(n))) FROM generate_series(67, 70) AS n;
SET tasker_core.fake_now = '2026-01-11 15:00:00+00';
BEGIN;
CREATE TYPE own_id AS (id bigint);
CREATE FUNCTION to_bigint(own_id) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM purge.look('cast'); RETURN $1.id; END $$;
CREATE CAST (own_id AS bigint) WITH FUNCTION to_bigint AS IMPLICIT;
CREATE FUNCTION replace_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('purge.steps_before') IS NULL THEN
        ALTER TABLE purge.tasker_workflow_steps RENAME TO steps_before;
        ALTER TABLE purge.steps_before DROP CONSTRAINT workflow_steps_task_id_foreign;
        CREATE TABLE purge.tasker_workflow_steps AS SELECT ROW(workflow_step_id)::purge.own_id AS workflow_step_id, task_id FROM purge.steps_before;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER replace_steps AFTER DELETE ON tasker_task_annotations FOR EACH STATEMENT EXECUTE FUNCTION replace_steps();
SELECT count(*) FROM tasker_purge('10 minutes', dry_run => false);
SELECT DISTINCT place, setting FROM seen WHERE place = 'cast';
ROLLBACK;
-- One that puts another schema in the place of ours: a foreign key to its steps holds.
BEGIN;
CREATE SCHEMA twin;
SET LOCAL search_path = twin, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{tasker_task_namespaces,tasker_dependent_systems,tasker_named_tasks,tasker_named_steps,tasker_tasks,tasker_workflow_steps,
        tasker_workflow_step_edges,tasker_task_transitions,tasker_workflow_step_transitions}'::text[]
    LOOP
        EXECUTE format('INSERT INTO twin.%I SELECT * FROM purge.%1$I', name);
    END LOOP;
END
$$;
SET LOCAL search_path = purge, public;
CREATE TABLE public.orders_of_others (step bigint CONSTRAINT step_of_others REFERENCES twin.tasker_workflow_steps);
INSERT INTO public.orders_of_others SELECT min(workflow_step_id) FROM twin.tasker_workflow_steps WHERE task_id = task(68);
CREATE FUNCTION swap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regnamespace('purge_before') IS NULL THEN
        ALTER SCHEMA purge RENAME TO purge_before;
        ALTER SCHEMA twin RENAME TO purge;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER swap AFTER DELETE ON tasker_task_annotations FOR EACH STATEMENT EXECUTE FUNCTION swap();
SELECT count(*) FROM tasker_purge('10 minutes', dry_run => false);
SELECT confrelid::regclass AS their_steps FROM pg_constraint WHERE conname = 'step_of_others' \gset
SELECT count(*) AS dangling FROM public.orders_of_others WHERE step NOT IN (SELECT workflow_step_id FROM :their_steps);
ROLLBACK;
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false);
SELECT * FROM left_behind WHERE table_name <> 'seen';
DROP TABLE seen;

-- Foreign keys of the application without an index, with one, and of another type: each task with a bill or a parcel is refused alone.
SELECT count(*) FROM generate_series(71, 79) AS n, tasker_create_task('order', jsonb_build_object('n', n), 'shop');
SELECT work(array_agg(task(n))), work(array_agg(task(n))) FROM generate_series(71, 79) AS n;
CREATE TABLE bills (task_id bigint CONSTRAINT bill_of_task REFERENCES tasker_tasks);
CREATE TABLE parcels (step_id bigint CONSTRAINT parcel_of_step REFERENCES tasker_workflow_steps);
INSERT INTO bills SELECT task(n) FROM unnest('{71,74,77}'::integer[]) AS n;
INSERT INTO parcels SELECT max(step.workflow_step_id) FROM unnest('{72,75,78}'::integer[]) AS n JOIN tasker_workflow_steps AS step ON step.task_id = task(n) GROUP BY n;
SET tasker_core.fake_now = '2026-01-11 16:00:00+00';
CREATE VIEW purged AS
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('10 minutes', dry_run => false, max_rows => 3, after_id => task(COALESCE(current_setting('purge.after', true), '70')::integer)) AS answer USING (task_id) ORDER BY 1;
CREATE OR REPLACE FUNCTION task(n integer) RETURNS bigint LANGUAGE sql AS $$ SELECT COALESCE((SELECT task_id FROM tasker_tasks WHERE context ->> 'n' = $1::text), 0) $$;
SELECT * FROM purged;
SET purge.after = 72;
CREATE INDEX ON bills (task_id);
CREATE INDEX ON parcels (step_id);
SELECT * FROM purged;
SET purge.after = 75;
CREATE TABLE codes (task_id integer CONSTRAINT code_of_task REFERENCES tasker_tasks);
SELECT * FROM purged;
DROP TABLE codes;
ALTER TABLE bills ALTER CONSTRAINT bill_of_task DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE parcels ALTER CONSTRAINT parcel_of_step DEFERRABLE INITIALLY DEFERRED;
SELECT n, done, regexp_replace(refusal, '[0-9]+', '…') AS refusal FROM purged;
RESET purge.after;
DROP VIEW purged;
DROP TABLE bills, parcels;
-- Conditions and operators of indexes of another role: its code does not run as ours, and equal means equal.
CREATE ROLE purge_stranger;
GRANT USAGE ON SCHEMA purge TO purge_stranger;
GRANT REFERENCES ON tasker_tasks TO purge_stranger;
CREATE SCHEMA strange AUTHORIZATION purge_stranger;
CREATE TABLE seen (place text, role text);
GRANT INSERT ON seen TO PUBLIC;
SET ROLE purge_stranger;
CREATE FUNCTION strange.look() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN INSERT INTO purge.seen VALUES ('condition', current_user); RETURN 1; END $$;
CREATE FUNCTION strange.one(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM strange.look(); RETURN 1; END $$;
CREATE TABLE strange.notes (task_id bigint CONSTRAINT note_of_task REFERENCES tasker_tasks);
CREATE INDEX ON strange.notes (task_id) WHERE strange.one(1) > 0;
CREATE INDEX ON strange.notes (task_id);
RESET ROLE;
DELETE FROM seen;
\c
\pset null -
SET client_min_messages = warning;
SET search_path = purge, public;
SET tasker_core.fake_now = '2026-01-11 16:00:00+00';
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false, max_rows => 2);
SELECT DISTINCT place, role FROM seen WHERE role <> 'purge_stranger';
DROP INDEX strange.notes_task_id_idx, strange.notes_task_id_idx1;
CREATE FUNCTION strange.tens(bigint, bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT btint8cmp($1 / 10000000, $2 / 10000000)';
CREATE FUNCTION strange.less(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10000000 < $2 / 10000000';
CREATE FUNCTION strange.alike(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10000000 = $2 / 10000000';
CREATE OPERATOR strange.<<< (FUNCTION = strange.less, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR strange.=== (FUNCTION = strange.alike, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR CLASS strange.tens FOR TYPE bigint USING btree AS OPERATOR 1 strange.<<<, OPERATOR 3 strange.===, FUNCTION 1 strange.tens(bigint, bigint);
CREATE INDEX ON strange.notes (task_id strange.tens);
INSERT INTO strange.notes SELECT task_id FROM tasker_tasks WHERE context ->> 'n' IN ('77', '78') ORDER BY task_id DESC;
SELECT context ->> 'n' AS n, answer.done, answer.refusal FROM (SELECT task_id, context FROM tasker_tasks) AS task
JOIN tasker_purge('10 minutes', dry_run => false, max_rows => 3) AS answer USING (task_id) ORDER BY 1;
SELECT count(*) AS dangling FROM strange.notes WHERE task_id NOT IN (SELECT task_id FROM tasker_tasks);
DROP SCHEMA strange CASCADE;
DROP TABLE seen;
DROP OWNED BY purge_stranger;
DROP ROLE purge_stranger;
-- A publication needs a replica identity to publish what is deleted.
SET client_min_messages = error;
CREATE PUBLICATION purge_publication FOR TABLE tasker_tasks;
SET client_min_messages = warning;
ALTER TABLE tasker_tasks REPLICA IDENTITY NOTHING;
SELECT done, refusal FROM tasker_purge('10 minutes', dry_run => false, max_rows => 2);
ALTER TABLE tasker_tasks REPLICA IDENTITY DEFAULT;
SELECT count(*), bool_and(done) FROM tasker_purge('10 minutes', dry_run => false);
DROP PUBLICATION purge_publication;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- A rollback brings a task back.
SELECT task_id AS t FROM tasker_create_task('order', '{"n": 50}', 'shop') \gset
SELECT work(ARRAY[:t]), work(ARRAY[:t]);
SET tasker_core.fake_now = '2026-01-12 12:00:00+00';
BEGIN;
SELECT done FROM tasker_purge('1 hour', dry_run => false);
SELECT * FROM left_behind;
ROLLBACK;
SELECT current_state FROM tasker_find_tasks(:t);
SELECT * FROM tasker_doctor();

-- Odd arguments.
SELECT * FROM tasker_purge(NULL);
SELECT * FROM tasker_purge('-1 s');
SELECT * FROM tasker_purge('1 day', dry_run => NULL);
SELECT * FROM tasker_purge('1 day', max_rows => -1);
SELECT * FROM tasker_purge('1 day', '{in_progress}');
SELECT * FROM tasker_purge('1 day', ARRAY[NULL]);
SELECT * FROM tasker_purge('1 day', '{complete,none}');
SELECT count(*) FROM tasker_purge('178000000 years', max_rows => NULL);
SELECT count(*) FROM tasker_purge('1 hour', max_rows => NULL, parent_task_id => 4711);

-- Roles: one that only reads sees a dry run; UPDATE is not enough; row-level security hides tasks and steps.
CREATE ROLE purge_role;
GRANT USAGE ON SCHEMA purge TO purge_role;
SET ROLE purge_role;
SELECT * FROM tasker_purge('1 hour');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA purge TO purge_role;
SET ROLE purge_role;
SELECT task_id = :t AS t, done, refusal FROM tasker_purge('1 hour');
SELECT * FROM tasker_purge('1 hour', dry_run => false);
RESET ROLE;
GRANT UPDATE, INSERT ON ALL TABLES IN SCHEMA purge TO purge_role;
SET ROLE purge_role;
SELECT * FROM tasker_purge('100 years', dry_run => false);
RESET ROLE;
GRANT DELETE ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions TO purge_role;
SET ROLE purge_role;
SELECT * FROM tasker_purge('1 hour', dry_run => false);
RESET ROLE;
GRANT DELETE ON tasker_task_annotations TO purge_role;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (initiator = current_user);
SELECT task_id AS mine FROM tasker_create_task('whole', '{"n": 60}', options => '{"initiator": "purge_role"}') \gset
SELECT decided FROM tasker_maintain();
SELECT tasker_transition_task(:mine, 'cancelled') IS NOT NULL AS moved;
SET tasker_core.fake_now = '2026-01-13 12:00:00+00';
SET ROLE purge_role;
SELECT task_id = :mine AS mine, done, refusal FROM tasker_purge('1 hour', dry_run => false);
RESET ROLE;
SELECT count(*) FROM tasker_find_tasks(parent_task_id => :mine) AS subtask, tasker_cancel_task(subtask.task_id);
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON tasker_workflow_steps USING (false);
SET ROLE purge_role;
SELECT task_id = :mine AS mine, steps, done, refusal FROM tasker_purge('1 hour', dry_run => false);
RESET ROLE;
DROP POLICY none ON tasker_workflow_steps;
CREATE POLICY every ON tasker_workflow_steps USING (true);
SET ROLE purge_role;
SELECT task_id = :mine AS mine, steps, done, refusal FROM tasker_purge('1 hour', dry_run => false);
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
SET tasker_core.fake_now = '2026-01-14 12:00:00+00';
SELECT count(*), bool_and(done) FROM tasker_purge('1 hour', dry_run => false);
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor() WHERE check_name <> 'side_table_writer';

DROP SCHEMA purge CASCADE;
DROP OWNED BY purge_role;
DROP ROLE purge_role;
