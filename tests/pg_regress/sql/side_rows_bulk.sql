-- Side rows follow bulk work: COPY, TRUNCATE, tens of thousands of rows at once, replication's role.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA side_rows_bulk;
SET search_path = side_rows_bulk, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
CREATE VIEW drift AS SELECT * FROM _tasker_drift('side_rows_bulk'::regnamespace);
CREATE VIEW totals AS
SELECT count(*) AS steps, count(*) FILTER (WHERE state <> 'pending') AS moved, sum(cardinality(parent_step_ids)) AS parents,
    sum(attempts) AS attempts
FROM tasker_core_steps;

-- 4,000 tasks of 10 steps and 9 edges, set by set.
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT task, 1, '2026-01-01', 'task ' || task, '2026-01-01', '2026-01-01' FROM generate_series(1, 4000) AS task;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
SELECT task * 10 + step, task, step, 0, '2026-01-01', '2026-01-01'
FROM generate_series(1, 4000) AS task CROSS JOIN generate_series(1, 10) AS step;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT task * 10 + step, task * 10 + step + 1, 'provides', '2026-01-01', '2026-01-01'
FROM generate_series(1, 4000) AS task CROSS JOIN generate_series(1, 9) AS step;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
SELECT workflow_step_id, 'complete', 10, '2026-01-01', '2026-01-01' FROM tasker_workflow_steps WHERE workflow_step_id % 10 < 5;
TABLE totals;
TABLE drift;

-- Every row of 40,000 at once.
UPDATE tasker_workflow_steps SET attempts = 1;
UPDATE tasker_workflow_step_transitions SET to_state = 'resolved_manually';
TABLE totals;
TABLE drift;
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id % 2 = 0;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id % 5 = 0;
TABLE totals;
TABLE drift;

-- Through COPY.
COPY tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at) FROM stdin;
30001	1	2026-01-01	copied	2026-01-01	2026-01-01
\.
COPY tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at) FROM stdin;
300011	30001	1	0	2026-01-01	2026-01-01
300012	30001	2	\N	2026-01-01	2026-01-01
300013	30001	3	2	2026-01-01	2026-01-01
\.
COPY tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) FROM stdin;
300011	300013	provides	2026-01-01	2026-01-01
300012	300013	provides	2026-01-01	2026-01-01
\.
COPY tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at) FROM stdin;
300011	complete	10	2026-01-01	2026-01-01
\.
SELECT workflow_step_id, state, attempts, parent_step_ids FROM tasker_core_steps WHERE task_id = 30001 ORDER BY 1;
TABLE drift;

-- As replication writes: other triggers sleep, ours do not.
SET session_replication_role = replica;
SELECT make_task(30002, 300021, 2, '{{1,2}}'), move_step(300021, 'error');
UPDATE tasker_workflow_steps SET attempts = 2 WHERE workflow_step_id = 300021;
RESET session_replication_role;
SELECT workflow_step_id, state, attempts, parent_step_ids FROM tasker_core_steps WHERE task_id = 30002 ORDER BY 1;
TABLE drift;

-- TRUNCATE, table by table, and rolled back.
BEGIN;
TRUNCATE tasker_workflow_step_transitions;
TABLE totals;
TABLE drift;
TRUNCATE tasker_workflow_step_edges;
TABLE totals;
TABLE drift;
TRUNCATE tasker_workflow_steps CASCADE;
TABLE totals;
TABLE drift;
ROLLBACK;
TABLE totals;
TABLE drift;
TRUNCATE tasker_task_transitions;
TRUNCATE tasker_tasks CASCADE;
TABLE totals;
TABLE tasker_core_tasks;
TABLE drift;

-- One step with 5,000 parents, edge by edge and all at once.
SELECT make_task(1, 1, 5001);
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT parent, 5001, 'provides', '2026-01-01', '2026-01-01' FROM generate_series(1, 5000) AS parent;
SELECT total_parents FROM tasker_step_readiness(1, '{5001}');
DELETE FROM tasker_workflow_step_edges WHERE from_step_id > 300;
DO $$
BEGIN
    FOR parent IN 301..600 LOOP
        INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES (parent, 5001, 'provides', '2026-01-01', '2026-01-01');
    END LOOP;
END
$$;
SELECT total_parents FROM tasker_step_readiness(1, '{5001}');
TABLE drift;

DROP SCHEMA side_rows_bulk CASCADE;
