-- tasker_doctor(): every check is provoked, its findings are shown, the commands that they offer are run, and
-- the doctor has nothing more to say. What the commands answer is hidden where it is long.
-- The views need 15. For earlier versions there is expected/doctor_checks_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
\pset format unaligned
\pset expanded on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE regress_owner;
CREATE ROLE regress_other;
CREATE SCHEMA clinic AUTHORIZATION regress_owner;
SET search_path = clinic, public;
\set examine 'SELECT severity, check_name, object, regexp_replace(detail, \' \\([0-9]+ (bytes|kB)\\)$\', \'\') AS detail, fix FROM tasker_doctor();'
\set recheck 'SELECT count(*) AS findings FROM tasker_doctor();'
\set commands 'SELECT unnest(string_to_array(regexp_replace(fix, \'(; --.*|;)$\', \'\'), \'; \')) FROM tasker_doctor()'

-- not_installed
:examine
CREATE VIEW tasker_workflow_steps AS SELECT 1 AS workflow_step_id;
:examine
DROP VIEW tasker_workflow_steps;
SET ROLE regress_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
RESET ROLE;
SELECT make_task(1, 11, 4, '{{1,2},{2,3},{3,4}}'), move_step(11, 'in_progress'), move_step(11, 'complete'), make_task(2, 21, 2, '{{1,2}}');
UPDATE tasker_core_tasks SET priority = task_id;
:recheck

-- missing_table
DROP TABLE tasker_dependent_system_object_maps;
:examine
\o /dev/null
:commands \gexec
\o
:recheck

-- table_inherited: rows of a child are found, and never run
CREATE TABLE more_steps () INHERITS (tasker_workflow_steps);
CREATE TABLE public.more_tasks () INHERITS (tasker_tasks);
:examine
:commands \gexec
:recheck
DROP TABLE more_steps, public.more_tasks;

-- column_differs: harmless, and then one that side rows are made of, which hides what cannot be looked at
ALTER TABLE tasker_tasks ALTER COLUMN initiator TYPE varchar(64), ALTER COLUMN requested_at DROP NOT NULL, ALTER COLUMN complete DROP DEFAULT;
:examine
:commands \gexec
:recheck
ALTER TABLE tasker_workflow_steps ALTER COLUMN retryable DROP NOT NULL;
:examine
:commands \gexec
:recheck

-- constraint_differs
ALTER TABLE tasker_task_annotations DROP CONSTRAINT tasker_task_annotations_pkey;
ALTER TABLE tasker_task_transitions DROP CONSTRAINT fk_rails_e8caec803c,
    ADD CONSTRAINT fk_rails_e8caec803c FOREIGN KEY (task_id) REFERENCES tasker_tasks (task_id) ON DELETE CASCADE NOT VALID;
:examine
:commands \gexec
:recheck

-- index_differs: of another kind; missing; missing where an index of another name does the same
DROP INDEX idx_on_workflow_step_id_sort_key_4d476d7adb;
CREATE INDEX idx_on_workflow_step_id_sort_key_4d476d7adb ON tasker_workflow_step_transitions (workflow_step_id, sort_key);
DROP INDEX idx_step_edges_to_from;
DROP INDEX tasks_named_task_id_index;
CREATE INDEX "as good" ON tasker_tasks (named_task_id, created_at);
:examine
:commands \gexec
:recheck

-- redundant_index: a copy, the beginning of another, one that is always empty; never one of a pair too many
CREATE INDEX copy_one ON tasker_workflow_steps (named_step_id);
CREATE INDEX copy_two ON tasker_workflow_steps (named_step_id);
CREATE INDEX beginning ON tasker_workflow_step_edges (to_step_id);
CREATE INDEX always_empty ON tasker_workflow_step_transitions (created_at) WHERE to_state = 'failed';
CREATE INDEX useful ON tasker_workflow_step_transitions (created_at) WHERE to_state = 'cancelled';
CREATE INDEX hash_is_another_thing ON tasker_workflow_steps USING hash (named_step_id);
:examine
:commands \gexec
:recheck
SELECT i.indexname FROM pg_indexes AS i
WHERE i.schemaname = 'clinic' AND i.indexname ~ 'copy|useful|thing|as good' ORDER BY i.indexname;

-- trigger_missing, trigger_disabled, trigger_altered, trigger_surplus
DROP TRIGGER tasker_core_sync_delete ON tasker_tasks;
ALTER TABLE tasker_workflow_steps DISABLE TRIGGER tasker_core_sync_insert;
ALTER TABLE tasker_workflow_steps ENABLE TRIGGER tasker_core_sync_update;
CREATE OR REPLACE TRIGGER tasker_core_sync_insert AFTER INSERT ON tasker_task_transitions
FOR EACH ROW WHEN (NEW.to_state = 'complete') EXECUTE FUNCTION _tasker_sync_task_transitions();
CREATE TRIGGER once_more AFTER INSERT ON tasker_task_transitions FOR EACH ROW EXECUTE FUNCTION _tasker_sync_task_transitions();
:examine
\o /dev/null
:commands \gexec
\o
:recheck

-- trigger_foreign
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE OR REPLACE TRIGGER tasker_core_sync_insert AFTER INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION noted();
:examine
\o /dev/null
:commands \gexec
\o
:recheck
DROP TRIGGER other_tasker_core_sync_insert ON tasker_tasks;

-- side_table_missing
DROP TABLE tasker_core_tasks;
:examine
\o /dev/null
:commands \gexec
\o
:recheck

-- side_table_altered, and side_table_extended: the table is repaired in place, and what was added to it stays
ALTER TABLE tasker_core_steps ADD COLUMN note text, ALTER COLUMN state DROP NOT NULL, ENABLE ROW LEVEL SECURITY;
:examine
\o /dev/null
:commands \gexec
\o
:recheck

ALTER TABLE tasker_core_steps DROP COLUMN note, DISABLE ROW LEVEL SECURITY;
:recheck

-- What is attached to a table runs as the owner of the installation. Something else in its place is refused.
CREATE FUNCTION mischief() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'as %', current_user; END $$;
CREATE TRIGGER mischief BEFORE INSERT ON tasker_core_steps FOR EACH ROW EXECUTE FUNCTION mischief();
\set SHOW_CONTEXT never
SELECT object, action FROM tasker_rebuild();
\echo :SQLSTATE
DROP TRIGGER mischief ON tasker_core_steps;
ALTER TABLE tasker_task_transitions RENAME TO hidden;
CREATE VIEW tasker_task_transitions AS SELECT * FROM hidden;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor() WHERE severity = 'error';
SELECT object, action FROM tasker_rebuild();
\echo :SQLSTATE
DROP VIEW tasker_task_transitions;
ALTER TABLE hidden RENAME TO tasker_task_transitions;
:recheck

-- view_missing, view_altered, view_foreign
DROP VIEW tasker_core_current_tasks;
ALTER VIEW tasker_core_current_steps SET (security_invoker = false);
:examine
SELECT object, action FROM tasker_install('clinic', verbose => true) WHERE action <> 'unchanged';
-- The function from which a view selects, and a view of other columns.
ALTER FUNCTION tasker_core_current_tasks(regclass) STRICT;
DROP VIEW tasker_core_current_steps;
CREATE VIEW tasker_core_current_steps WITH (security_invoker = true) AS SELECT task_id, workflow_step_id FROM tasker_workflow_steps;
SELECT check_name, object FROM tasker_doctor();
SELECT object, action FROM tasker_install('clinic', verbose => true) WHERE action <> 'unchanged';
DROP VIEW tasker_core_current_tasks;
CREATE TABLE tasker_core_current_tasks (task_id bigint);
CREATE OR REPLACE VIEW tasker_core_current_steps WITH (security_invoker = true) AS
SELECT * FROM (SELECT workflow_step_id, task_id, named_step_id, 'x'::varchar AS step_name, 'complete'::varchar AS state,
    created_at::timestamp AS state_since, 0 AS attempts, 3 AS retry_limit, retryable, skippable, processed_at, last_attempted_at,
    created_at::timestamp
    FROM tasker_workflow_steps) AS other;
:examine
DROP TABLE tasker_core_current_tasks;
SELECT object, action FROM tasker_install('clinic', verbose => true) WHERE action <> 'unchanged';
:examine

-- side_index_missing: none; one of that name, but of another column
DROP INDEX tasker_core_steps_task_id_idx;
:examine
\o /dev/null
:commands \gexec
\o
:recheck

DROP INDEX tasker_core_steps_task_id_idx;
CREATE INDEX tasker_core_steps_task_id_idx ON tasker_core_steps (named_step_id);
SELECT check_name, object FROM tasker_doctor();
SELECT object, action, detail FROM tasker_install(verbose => true) WHERE action <> 'unchanged';
:recheck

-- side_table_owner, and what it entails: owner_cannot_read
ALTER TABLE tasker_core_steps OWNER TO regress_other;
:examine
ALTER TABLE tasker_core_steps OWNER TO regress_owner;
:recheck
REVOKE SELECT ON tasker_named_steps FROM regress_owner;
:examine
:commands \gexec
:recheck

-- side_table_published: a subscriber makes its own side rows
SET client_min_messages = error;
CREATE PUBLICATION regress_by_name FOR TABLE tasker_tasks, tasker_core_tasks;
:examine
:commands \gexec
:recheck
DROP PUBLICATION regress_by_name;
CREATE PUBLICATION regress_everything FOR ALL TABLES;
:examine
DROP PUBLICATION regress_everything;
SET client_min_messages = warning;
:recheck

-- side_table_writer: reading does no harm
GRANT SELECT, INSERT, DELETE ON tasker_core_tasks TO regress_other;
GRANT UPDATE ON tasker_core_tasks TO PUBLIC;
:examine
:commands \gexec
:recheck

-- wrapper_missing, wrapper_altered, wrapper_overwritten
CREATE FUNCTION get_task_execution_context(input_task_id bigint) RETURNS TABLE (
    task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,
    in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,
    execution_status text, recommended_action text, completion_percentage numeric, health_status text)
LANGUAGE sql AS $$ SELECT 0::bigint, 0, 'the original', 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, '', '', 0.0, '' $$;
SELECT count(*) AS replaced FROM tasker_replace_rails_functions();
DROP FUNCTION get_task_execution_context(bigint);
ALTER FUNCTION get_step_readiness_status(bigint, bigint[]) SET search_path = clinic;
CREATE OR REPLACE FUNCTION get_task_execution_contexts_batch(input_task_ids bigint[]) RETURNS TABLE (
    task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,
    in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,
    execution_status text, recommended_action text, completion_percentage numeric, health_status text)
LANGUAGE sql AS $$ SELECT 0::bigint, 0, 'of a migration', 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, '', '', 0.0, '' $$;
:examine
\o /dev/null
:commands \gexec
\o
:recheck
SELECT count(*) AS restored FROM tasker_restore_rails_functions();

-- schema_usage
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT SELECT ON tasker_workflow_steps TO regress_other;
:examine
:commands \gexec
:recheck
REVOKE USAGE ON SCHEMA public FROM regress_other, regress_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
:recheck

-- unknown_state: to which state the transition should have led, only people know
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (22, 'limbo', 10, '2026-01-01', '2026-01-01');
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
VALUES (2, 'it''s "100%"', 10, '2026-01-01', '2026-01-01');
:examine
SELECT replace(fix, '...', '''pending''') FROM tasker_doctor() \gexec
:recheck

-- several_current_transitions, which only a lost index permits
DROP INDEX idx_on_workflow_step_id_most_recent_97d5374ad6;
DROP INDEX index_tasker_task_transitions_on_task_id_and_most_recent;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (22, 'complete', 30, '2026-01-01', '2026-01-01'), (22, 'error', 20, '2026-01-01', '2026-01-01');
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
VALUES (2, 'in_progress', 20, '2026-01-01', '2026-01-01');
:examine
:commands \gexec
:recheck
SELECT t.to_state, t.sort_key FROM tasker_workflow_step_transitions AS t WHERE t.workflow_step_id = 22 AND t.most_recent;
SELECT s.state FROM tasker_core_steps AS s WHERE s.workflow_step_id = 22;

-- drift: side rows were written by hand
UPDATE tasker_core_steps SET state = 'complete', attempts = 9 WHERE workflow_step_id = 12;
DELETE FROM tasker_core_steps WHERE workflow_step_id = 13;
UPDATE tasker_core_steps SET parent_step_ids = '{}' WHERE workflow_step_id = 14;
INSERT INTO tasker_core_tasks (task_id, named_task_id, state, created_at) VALUES (99, 1, 'pending', '2026-01-01');
UPDATE tasker_core_tasks SET priority = 5 WHERE task_id = 1;
:examine
SELECT fix FROM tasker_doctor() LIMIT 1 \gexec
:recheck
SELECT task_id, priority FROM tasker_core_tasks ORDER BY task_id;

-- step_not_queued: the hint or the timer of a step is gone. What is not to run, or not before something else has
-- happened, has none.
SELECT make_task(5, 501, 6, '{{1,2}}'), make_task(6, 601, 1), make_task(7, 701, 1), move_task(7, 'cancelled');
SELECT move_step(503, 'in_progress'), move_step(503, 'error'), move_step(504, 'in_progress'), move_step(504, 'error');
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id IN (504, 505);
UPDATE tasker_workflow_steps SET attempts = 1, last_attempted_at = now() AT TIME ZONE 'UTC', backoff_request_seconds = 3600
WHERE workflow_step_id = 506;
:recheck
SELECT tasker_pause_task(6);
DELETE FROM tasker_core_hints;
DELETE FROM tasker_core_timers WHERE kind = 'step';
:examine
SELECT fix FROM tasker_doctor() LIMIT 1 \gexec
:recheck
-- A lease leads to its step by itself.
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 1, task_id => 5);
DELETE FROM tasker_core_timers;
:recheck

-- More than twenty of a kind are counted.
UPDATE tasker_core_steps SET attempts = 9;
SELECT make_task(3, 31, 30);
UPDATE tasker_core_steps SET attempts = 9;
SELECT count(*) AS findings FROM tasker_doctor();
SELECT object, detail FROM tasker_doctor() OFFSET 20;
SELECT count(*) AS repaired FROM tasker_rebuild();
:recheck

-- cycle, self_edge, duplicate_edge, cross_task_edge
SET tasker_core.enforce_edges = off;
INSERT INTO tasker_workflow_step_edges (id, from_step_id, to_step_id, name, created_at, updated_at)
VALUES (101, 14, 12, 'provides', '2026-01-01', '2026-01-01'), (102, 21, 21, 'provides', '2026-01-01', '2026-01-01'),
    (103, 11, 12, 'provides', '2026-01-01', '2026-01-01'), (104, 11, 22, 'provides', '2026-01-01', '2026-01-01');
:examine
:commands \gexec
:recheck
SELECT e.from_step_id, e.to_step_id FROM tasker_workflow_step_edges AS e ORDER BY e.id;

DROP SCHEMA clinic CASCADE;
DROP ROLE regress_owner;
DROP ROLE regress_other;
