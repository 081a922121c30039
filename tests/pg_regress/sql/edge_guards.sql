-- Edges that no graph may have: what each writer is told, and what it costs to know.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA edge_guards;
SET search_path = edge_guards, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
CREATE FUNCTION edge(parent bigint, child bigint) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    VALUES (parent, child, 'provides', '2026-01-01', '2026-01-01')
$$;
CREATE VIEW edges AS
SELECT string_agg(from_step_id || '->' || to_step_id, ' ' ORDER BY id) FROM tasker_workflow_step_edges;
SELECT make_task(1, 11, 5, '{{1,2},{2,3},{3,4}}'), make_task(2, 21, 3, '{{1,2},{2,3}}');

-- Without being asked, a warning.
SHOW tasker_core.enforce_edges;
SELECT edge(14, 11);
SELECT edge(15, 21);
SELECT edge(15, 15);
SELECT edge(12, 13);
TABLE edges;
DELETE FROM tasker_workflow_step_edges WHERE id > 5;

-- Nothing.
SET tasker_core.enforce_edges = off;
BEGIN;
SELECT edge(14, 11), edge(15, 21), edge(15, 15), edge(12, 13);
ROLLBACK;

-- A refusal.
SET tasker_core.enforce_edges = enforce;
CREATE FUNCTION attempt(statement text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;
SELECT pair, refused.*
FROM unnest(ARRAY['14,11', '13,12', '14,12', '15,21', '21,15', '15,15', '12,13', '15,4711', 'NULL,11', '11,NULL']) AS pair,
    attempt(format('SELECT edge(%s)', pair)) AS refused;
TABLE edges;
SELECT side_table, row_id, problem FROM _tasker_drift('edge_guards'::regnamespace);

-- What is not refused: a second path, a step that stands alone at either end, the direction of the others.
SELECT edge(11, 14), edge(15, 11), edge(11, 13), edge(15, 14);
TABLE edges;
DELETE FROM tasker_workflow_step_edges WHERE id > 5;

-- One statement: cycles of its own edges, and of its own with those that are there.
\set insert 'INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) SELECT a, b, $$provides$$, now(), now() FROM '
SELECT make_task(3, 31, 6);
:insert (VALUES (31, 32), (32, 33), (33, 31)) AS e (a, b);
:insert (VALUES (33, 31), (31, 33)) AS e (a, b);
:insert (VALUES (31, 32), (31, 32)) AS e (a, b);
:insert (VALUES (31, 32), (33, 34)) AS e (a, b);
:insert (VALUES (32, 33), (34, 31)) AS e (a, b);
:insert (VALUES (32, 33), (34, 35), (35, 36)) AS e (a, b);
:insert (VALUES (36, 36), (36, 31), (31, 21)) AS e (a, b);
TABLE edges;

-- Bent edges: judged as they are after the statement.
SELECT edge(31, 36);
UPDATE tasker_workflow_step_edges SET from_step_id = 36, to_step_id = 31 WHERE from_step_id = 31 AND to_step_id = 36;
UPDATE tasker_workflow_step_edges SET to_step_id = 35 WHERE from_step_id = 34 OR to_step_id = 36 AND from_step_id = 31;
UPDATE tasker_workflow_step_edges SET from_step_id = 34 WHERE from_step_id = 31 AND to_step_id = 36;
UPDATE tasker_workflow_step_edges SET from_step_id = 34, to_step_id = 35 WHERE from_step_id = 34 AND to_step_id = 36;
UPDATE tasker_workflow_step_edges SET to_step_id = from_step_id WHERE to_step_id = 32;
UPDATE tasker_workflow_step_edges SET to_step_id = 21 WHERE to_step_id = 32;
-- All turned round at once: no cycle.
UPDATE tasker_workflow_step_edges SET from_step_id = to_step_id, to_step_id = from_step_id WHERE from_step_id > 30;
TABLE edges;
SELECT side_table, row_id, problem FROM _tasker_drift('edge_guards'::regnamespace);

-- An edge that was wrong before may be written again as it is, and repaired; the other edges are judged as usual.
SET tasker_core.enforce_edges = off;
SELECT edge(14, 11), edge(15, 21), edge(12, 13);
SET tasker_core.enforce_edges = enforce;
UPDATE tasker_workflow_step_edges SET name = 'requires';
SELECT edge(11, 15);
SELECT edge(15, 13);
UPDATE tasker_workflow_step_edges SET to_step_id = 15 WHERE from_step_id = 14 AND to_step_id = 11;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN (15, 21) OR from_step_id = 15 OR id = (
    SELECT max(id) FROM tasker_workflow_step_edges WHERE from_step_id = 12);
TABLE edges;

-- ON CONFLICT inserts and updates; both are judged.
:insert (VALUES (14, 15)) AS e (a, b) ON CONFLICT DO NOTHING;
INSERT INTO tasker_workflow_step_edges (id, from_step_id, to_step_id, name, created_at, updated_at)
SELECT edge.id, 14, 11, 'provides', now(), now() FROM tasker_workflow_step_edges AS edge WHERE to_step_id = 15
ON CONFLICT (id) DO UPDATE SET from_step_id = EXCLUDED.from_step_id, to_step_id = EXCLUDED.to_step_id;
INSERT INTO tasker_workflow_step_edges (id, from_step_id, to_step_id, name, created_at, updated_at)
SELECT edge.id, 11, 14, 'provides', now(), now() FROM tasker_workflow_step_edges AS edge WHERE to_step_id = 15
ON CONFLICT (id) DO UPDATE SET from_step_id = EXCLUDED.from_step_id, to_step_id = EXCLUDED.to_step_id;
TABLE edges;

-- COPY
COPY tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) FROM stdin;
12	15	provides	2026-01-01	2026-01-01
14	12	provides	2026-01-01	2026-01-01
\.
-- A savepoint: what was rolled back does not count, and the transaction goes on.
BEGIN;
SAVEPOINT half;
SELECT edge(14, 15);
ROLLBACK TO half;
SELECT edge(15, 11);
SAVEPOINT other_half;
SELECT edge(14, 15);
ROLLBACK TO other_half;
COMMIT;
TABLE edges;

-- The role of replication and of those who load data without foreign keys is no way round; nor is the lack of any
-- right on the side tables. An edge to a step that does not exist has no task to be measured by.
SET session_replication_role = replica;
SELECT edge(14, 11);
BEGIN;
SELECT edge(4711, 4712), edge(4712, 4711);
ROLLBACK;
RESET session_replication_role;
CREATE ROLE edge_writer;
GRANT USAGE ON SCHEMA edge_guards TO edge_writer;
GRANT INSERT ON tasker_workflow_step_edges TO edge_writer;
GRANT USAGE ON SEQUENCE tasker_workflow_step_edges_id_seq TO edge_writer;
SET ROLE edge_writer;
SELECT edge(14, 11);
SELECT edge(13, 15);
-- The mode is the DBA's.
SET tasker_core.enforce_edges = off;
RESET ROLE;
DROP OWNED BY edge_writer;
DROP ROLE edge_writer;

-- Two installations have nothing to do with each other, whatever the ids.
CREATE SCHEMA edge_guards_b;
SET search_path = edge_guards_b, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 11, 5, '{{4,1}}');
:insert (VALUES (11, 12), (12, 13)) AS e (a, b);
:insert (VALUES (13, 14)) AS e (a, b);
SET search_path = edge_guards, public;
SELECT edge(15, 12);
DROP SCHEMA edge_guards_b CASCADE;

-- Many edges in one statement, over many tasks; one of them is bad.
SELECT count(make_task(task, task * 10, 10)) FROM generate_series(1001, 2200) AS task;
:insert generate_series(1001, 2200) AS task, LATERAL (SELECT task * 10 + step, task * 10 + step + 1 FROM generate_series(0, 8) AS step
    UNION ALL SELECT 15009, 15003 WHERE task = 1500) AS e (a, b);
:insert generate_series(1001, 2200) AS task, LATERAL (SELECT task * 10 + step, task * 10 + step + 1 FROM generate_series(0, 8) AS step
    UNION ALL SELECT 15008, 17009 WHERE task = 1500) AS e (a, b);
SET tasker_core.enforce_edges = warn;
BEGIN;
:insert generate_series(1001, 1030) AS task, LATERAL (SELECT task * 10, task * 10) AS e (a, b);
ROLLBACK;
SET tasker_core.enforce_edges = enforce;
:insert generate_series(1001, 2200) AS task, LATERAL (SELECT task * 10 + step, task * 10 + step + 1 FROM generate_series(0, 8) AS step
    WHERE step <> 4) AS e (a, b);
-- Now each of them has edges on both sides. There are fewer locks than tasks, however many these are.
BEGIN;
:insert generate_series(1001, 2200) AS task, LATERAL (SELECT task * 10 + 4, task * 10 + 5) AS e (a, b);
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;
:insert generate_series(1001, 2200) AS task, LATERAL (SELECT task * 10 + 9, task * 10 WHERE task IN (1999, 2000)) AS e (a, b);

-- One edge costs what its task costs, not what is stored: with 10,800 edges elsewhere, only some of its rows are read.
CREATE FUNCTION rows_read() RETURNS TABLE (sequential bigint, by_index bigint) LANGUAGE sql
AS $$
    SELECT sum(seq_tup_read), sum(idx_tup_fetch)
    FROM pg_stat_xact_user_tables
    WHERE schemaname = 'edge_guards' AND relname IN ('tasker_workflow_step_edges', 'tasker_core_steps')
$$;
SELECT edge(10015, 10019);
BEGIN;
SELECT sequential AS sequential_before, by_index AS by_index_before FROM rows_read() \gset
SELECT edge(10023, 10028);
SELECT sequential - :sequential_before AS sequential, by_index - :by_index_before BETWEEN 10 AND 60 AS only_its_task FROM rows_read();
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;
-- At the rim of the graph, as when a task is built in order, not even the task's.
SELECT make_task(3000, 30000, 10, '{{1,2},{2,3},{3,4},{4,5},{5,6},{6,7},{7,8},{8,9}}');
BEGIN;
SELECT sequential AS sequential_before, by_index AS by_index_before FROM rows_read() \gset
SELECT edge(30008, 30009);
SELECT sequential - :sequential_before AS sequential, by_index - :by_index_before < 10 AS only_its_ends FROM rows_read();
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;

DROP SCHEMA edge_guards CASCADE;
