-- Side rows follow every writer: the engine, its factories, and people in psql.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA side_rows_writers;
SET search_path = side_rows_writers, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
CREATE VIEW side AS
SELECT workflow_step_id AS step, state, state_since::time AS since, attempts, processed, parent_step_ids AS parents
FROM tasker_core_steps ORDER BY workflow_step_id;
CREATE VIEW drift AS SELECT * FROM _tasker_drift('side_rows_writers'::regnamespace);

-- The engine creates a task: no transitions.
SELECT make_task(1, 101, 4, '{{1,2},{1,3},{2,4},{3,4}}');
SELECT * FROM side;
TABLE tasker_core_tasks;

-- The engine runs a step: transitions alone, then the row and its transition in one transaction.
SELECT move_task(1, 'in_progress'), move_step(101, 'in_progress');
BEGIN;
UPDATE tasker_workflow_steps SET processed = true, in_process = false, attempts = 1, processed_at = '2026-01-01 12:00:05',
    last_attempted_at = '2026-01-01 12:00:05', results = '{"ok": true}' WHERE workflow_step_id = 101;
UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE workflow_step_id = 101 AND most_recent;
-- Between the two statements there is no current transition, which reads as pending.
SELECT step, state, since FROM side WHERE step = 101;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (101, 'complete', 20, '2026-01-01 12:00:05', '2026-01-01 12:00:05');
COMMIT;
SELECT * FROM side WHERE step = 101;
SELECT state FROM tasker_core_tasks;
TABLE drift;

-- What does not concern the rule is not written: the side row keeps its place.
SELECT ctid AS before FROM tasker_core_steps WHERE workflow_step_id = 101 \gset
UPDATE tasker_workflow_steps SET results = '{"ok": false}', inputs = '{}', updated_at = '2026-01-02' WHERE workflow_step_id = 101;
UPDATE tasker_workflow_step_transitions SET metadata = '{"by": "me"}' WHERE workflow_step_id = 101;
UPDATE tasker_tasks SET complete = true, reason = 'because';
SELECT ctid = :'before'::tid AS untouched FROM tasker_core_steps WHERE workflow_step_id = 101;

-- Factories: history first, not current, then the current row; sort keys from 0; no from_state.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (102, 'pending', 0, false, '2026-01-01 12:01', '2026-01-01'), (102, 'in_progress', 1, false, '2026-01-01 12:02', '2026-01-01'),
       (102, 'error', 2, true, '2026-01-01 12:03', '2026-01-01');
-- Helpers: a current row at once; all transitions destroyed and one begun anew.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (103, 'cancelled', 1, '2026-01-01 12:04', '2026-01-01');
SELECT step, state, since FROM side;
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id = 102;
SELECT step, state, since FROM side WHERE step = 102;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (102, 'pending', 0, '2026-01-01 12:05', '2026-01-01');
SELECT step, state, since FROM side WHERE step = 102;
TABLE drift;

-- People: a corrected state, a corrected time, a transition that moves to another step.
UPDATE tasker_workflow_step_transitions SET to_state = 'complete' WHERE workflow_step_id = 102;
UPDATE tasker_workflow_step_transitions SET created_at = '2026-01-01 12:06' WHERE workflow_step_id = 102;
UPDATE tasker_workflow_step_transitions SET workflow_step_id = 104 WHERE workflow_step_id = 103;
SELECT step, state, since FROM side;
TABLE drift;

-- Edges, one by one: added, turned round, doubled, removed. Also those that no graph should have.
SET tasker_core.enforce_edges = off;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (102, 103, 'provides', '2026-01-01', '2026-01-01'), (102, 103, 'provides', '2026-01-01', '2026-01-01');
UPDATE tasker_workflow_step_edges SET from_step_id = 101, to_step_id = 102 WHERE from_step_id = 102 AND to_step_id = 104;
SELECT step, parents FROM side;
UPDATE tasker_workflow_step_edges SET name = 'requires';
DELETE FROM tasker_workflow_step_edges WHERE to_step_id = 103 AND from_step_id = 102;
DELETE FROM tasker_workflow_step_edges WHERE false;
SELECT step, parents FROM side;
TABLE drift;

-- An edge from another task's step; its state counts (R11).
SELECT make_task(2, 201, 1);
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (104, 201, 'provides', '2026-01-01', '2026-01-01');
SELECT blocking_reason, completed_parents, total_parents FROM tasker_step_readiness(2);
SELECT blocking_reason, completed_parents, total_parents FROM tasker_step_readiness_of_tasks('{1,2}'::bigint[]) WHERE task_id = 2;
SELECT move_step(104, 'resolved_manually');
SELECT blocking_reason, completed_parents, total_parents FROM tasker_step_readiness(2);

-- Ids that change, tasks that change.
SELECT make_task(3, 301, 1), move_step(301, 'error');
ALTER TABLE tasker_workflow_step_transitions DROP CONSTRAINT fk_rails_6e0f6eb833;
UPDATE tasker_workflow_steps SET workflow_step_id = 311, task_id = 2 WHERE workflow_step_id = 301;
SELECT * FROM side WHERE step > 300;
UPDATE tasker_workflow_step_transitions SET workflow_step_id = 311 WHERE workflow_step_id = 301;
SELECT * FROM side WHERE step > 300;
UPDATE tasker_tasks SET task_id = 33 WHERE task_id = 3;
SELECT task_id, state FROM tasker_core_tasks ORDER BY task_id;
TABLE drift;

-- A transition before its step, as a restore without foreign keys may bring it.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
VALUES (401, 'complete', 10, '2026-01-01 12:07', '2026-01-01');
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, created_at, updated_at)
VALUES (401, 2, 1, '2026-01-01', '2026-01-01');
SELECT * FROM side WHERE step = 401;
TABLE drift;

-- A side row that is lost comes back with the next write.
DELETE FROM tasker_core_steps WHERE workflow_step_id IN (101, 102, 401);
UPDATE tasker_workflow_steps SET attempts = 9 WHERE workflow_step_id = 101;
SELECT move_step(102, 'error');
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (101, 401, 'provides', '2026-01-01', '2026-01-01');
SELECT * FROM side WHERE step IN (101, 102, 401);
TABLE drift;

-- Rolled back is not written, at any depth.
BEGIN;
SELECT move_step(101, 'cancelled');
SAVEPOINT inner_one;
DELETE FROM tasker_workflow_step_edges;
ROLLBACK TO inner_one;
UPDATE tasker_workflow_steps SET attempts = 99;
ROLLBACK;
TABLE drift;

-- Deletes in the order of the foreign keys. What the timers say of the task goes with it.
SELECT make_task(9, 901, 1), move_step(104, 'cancelled'), move_step(901, 'cancelled');
SELECT DISTINCT kind, subject_id FROM tasker_core_timers WHERE kind = 'task' ORDER BY subject_id;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = 1);
DELETE FROM tasker_workflow_step_edges WHERE from_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = 1);
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = 1);
DELETE FROM tasker_workflow_steps WHERE task_id = 1;
DELETE FROM tasker_task_transitions WHERE task_id = 1;
DELETE FROM tasker_tasks WHERE task_id = 1;
SELECT DISTINCT kind, subject_id FROM tasker_core_timers WHERE kind = 'task' ORDER BY subject_id;
SELECT * FROM side;
TABLE tasker_core_tasks;
TABLE drift;

DROP SCHEMA side_rows_writers CASCADE;
