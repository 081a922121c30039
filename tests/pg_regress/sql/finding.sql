-- The engine's scopes as functions and views: who finds what, whose rights count, and that nothing reads a whole table.
-- The views need 15. For earlier versions there is expected/finding_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA finding;
SET search_path = finding, public;
SELECT object, action FROM tasker_install(verbose => true) WHERE object LIKE 'view %' ORDER BY object;
SELECT object, action FROM tasker_install(verbose => true) WHERE object LIKE 'view %' ORDER BY object;

-- An empty database answers with nothing.
SELECT count(*) FROM tasker_find_tasks();
SELECT count(*) FROM tasker_find_steps();
SELECT count(*) FROM tasker_latest_versions();
SELECT count(*) FROM tasker_step_siblings(1);
SELECT count(*) FROM tasker_step_completion_stats(1);
SELECT count(*) FROM tasker_core_current_tasks;
SELECT count(*) FROM tasker_core_current_steps;

\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at)
VALUES (2, 'shop', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, task_namespace_id, name, version, created_at, updated_at)
VALUES (2, 2, 'refund', '0.9.0', '2026-01-01', '2026-01-01'), (3, 2, 'refund', '0.10.0-rc.2', '2026-01-01', '2026-01-01'),
    (4, 2, 'refund', '0.10.0-rc.10', '2026-01-01', '2026-01-01'), (5, 2, 'refund', 'latest', '2026-01-01', '2026-01-01');
SELECT namespace, task_name, version, named_task_id FROM tasker_latest_versions();
INSERT INTO tasker_named_tasks (named_task_id, task_namespace_id, name, version, created_at, updated_at)
VALUES (6, 2, 'refund', '0.10.0', '2026-01-01', '2026-01-01');
SELECT version FROM tasker_latest_versions('shop');
SELECT version FROM tasker_latest_versions('shop', 'refund');
SELECT version FROM tasker_latest_versions(task_name => 'no such');

-- 1: a diamond in all conditions. 2: complete. 3: in error, of another template. 4: paused. 5: without steps.
SELECT make_task(1, 101, 9, '{{1,2},{1,3},{2,4},{3,4},{5,6},{7,8},{1,9}}'), make_task(2, 201, 1), make_task(3, 301, 2, '{{1,2}}'),
    make_task(4, 401, 1), make_task(5, 501, 0);
UPDATE tasker_tasks SET named_task_id = 6, initiator = 'cron', tags = '["nightly"]' WHERE task_id = 3;
SELECT move_task(1, 'in_progress', '2026-01-01 10:00'), move_step(101, 'complete', '2026-01-01 11:00');
UPDATE tasker_workflow_steps SET processed = true, processed_at = '2026-01-01 11:00', attempts = 1 WHERE workflow_step_id = 101;
SELECT move_step(102, 'in_progress', '2026-01-01 11:30');
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 103;
SELECT move_step(103, 'error', '2026-01-01 11:59:59');
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 105;
SELECT move_step(105, 'error', '2026-01-01 11:00');
SELECT move_step(107, 'cancelled', '2026-01-01 11:00');
SELECT move_step(201, 'complete'), move_task(2, 'in_progress', '2026-01-01 09:00'), move_task(2, 'complete', '2026-01-01 10:00');
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 301;
SELECT move_step(301, 'error', '2026-01-01 08:00'), move_task(3, 'error', '2026-01-01 08:00');
SELECT tasker_pause_task(4);

-- Tasks.
SELECT task_id, namespace, task_name, version, current_state, state_since, initiator, tags FROM tasker_find_tasks();
SELECT array_agg(task_id) AS pending FROM tasker_find_tasks(states => '{pending}');
SELECT array_agg(task_id) AS two_states FROM tasker_find_tasks(states => '{complete,error}');
SELECT array_agg(task_id) AS none FROM tasker_find_tasks(states => '{}');
SELECT array_agg(task_id) AS active FROM tasker_find_tasks(active => true);
SELECT array_agg(task_id) AS not_active FROM tasker_find_tasks(active => false);
SELECT array_agg(task_id) AS of_namespace FROM tasker_find_tasks(namespace => 'shop');
SELECT array_agg(task_id) AS of_name FROM tasker_find_tasks(namespace => 'default', task_name => 'order');
SELECT array_agg(task_id) AS of_version FROM tasker_find_tasks(version => '0.10.0');
SELECT array_agg(task_id) AS of_initiator FROM tasker_find_tasks(initiator => 'cron');
SELECT array_agg(task_id) AS tagged FROM tasker_find_tasks(tag => 'nightly');
SELECT array_agg(task_id) AS completed FROM tasker_find_tasks(completed_since => '2026-01-01 10:00+00');
SELECT array_agg(task_id) AS completed FROM tasker_find_tasks(completed_since => '2026-01-01 10:00:01+00');
SELECT array_agg(task_id) AS failed FROM tasker_find_tasks(failed_since => '2026-01-01 08:00+00');
SELECT array_agg(task_id) AS failed FROM tasker_find_tasks(failed_since => '2026-01-01 08:00:01+00');
SELECT array_agg(task_id) AS created FROM tasker_find_tasks(created_since => '2026-01-01 00:00:01+00');
SELECT array_agg(task_id) AS page FROM tasker_find_tasks(max_rows => 2);
SELECT array_agg(task_id) AS next_page FROM tasker_find_tasks(after_id => 2, max_rows => 2);
SELECT count(*) AS all_of_them FROM tasker_find_tasks(max_rows => NULL);
SELECT count(*) AS one FROM tasker_find_tasks(3);
SELECT * FROM tasker_find_tasks(max_rows => -1);

-- By annotation.
INSERT INTO tasker_annotation_types (annotation_type_id, name, created_at, updated_at)
VALUES (1, 'ticket', '2026-01-01', '2026-01-01');
INSERT INTO tasker_task_annotations (task_id, annotation_type_id, annotation, created_at, updated_at)
VALUES (2, 1, '{"number": 7}', '2026-01-01', '2026-01-01'), (3, 1, '{"number": "8", "open": true}', '2026-01-01', '2026-01-01');
SELECT array_agg(task_id) AS with_ticket FROM tasker_find_tasks(annotation_type => 'ticket');
SELECT array_agg(task_id) AS with_open FROM tasker_find_tasks(annotation_type => 'ticket', annotation_key => 'open');
SELECT array_agg(task_id) AS ticket_7 FROM tasker_find_tasks(annotation_type => 'ticket', annotation_key => 'number', annotation_value => '7');
SELECT array_agg(task_id) AS none FROM tasker_find_tasks(annotation_type => 'o''clock');

-- Steps, and what holds each of them up.
SELECT workflow_step_id AS id, step_name, current_state, attempts, blocking_reason, blocked_by_step_id AS blocked_by, next_eligible_at, ready
FROM tasker_find_steps();
SELECT c AS condition, (SELECT array_agg(workflow_step_id) FROM tasker_find_steps(c)) AS steps
FROM unnest('{ready,running,stuck,waiting,waiting_for_backoff,retryable,exhausted,blocked,cut_off,paused}'::text[]) AS c;
SELECT array_agg(workflow_step_id) AS limited FROM tasker_find_steps('blocked', max_rows => 2);
SELECT array_agg(workflow_step_id) AS further FROM tasker_find_steps('blocked', after_id => 105, max_rows => 2);
SELECT array_agg(workflow_step_id) AS of_task FROM tasker_find_steps('blocked', task_id => 3);
SELECT array_agg(workflow_step_id) AS both FROM tasker_find_steps('blocked', states => '{error}');
SELECT workflow_step_id, blocked_by_step_id FROM tasker_find_steps('waiting');
SELECT array_agg(workflow_step_id) AS of_name FROM tasker_find_steps(step_name => 'step_1');
SELECT array_agg(workflow_step_id) AS failed FROM tasker_find_steps(failed_since => '2026-01-01 11:00+00');
SELECT array_agg(workflow_step_id) AS completed FROM tasker_find_steps(completed_since => '2026-01-01 11:00:01+00');
SELECT * FROM tasker_find_steps('asleep');
-- An hour later the running step is given up.
SET tasker_core.fake_now = '2026-01-01 12:31:00+00';
SELECT array_agg(workflow_step_id) AS stuck FROM tasker_find_steps('stuck');
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- Siblings, and how far a task is.
SELECT * FROM tasker_step_siblings(103);
SELECT * FROM tasker_step_siblings(101);
SELECT * FROM tasker_step_siblings(NULL);
SELECT * FROM tasker_step_completion_stats(1);
SELECT * FROM tasker_step_completion_stats(5);
SELECT * FROM tasker_step_completion_stats(NULL);

-- The time zone of the session changes nothing.
SET timezone = 'Pacific/Auckland';
SELECT array_agg(task_id) AS completed FROM tasker_find_tasks(completed_since => '2026-01-01 10:00+00');
SELECT next_eligible_at FROM tasker_find_steps('waiting_for_backoff');
RESET timezone;

-- As ActiveRecord writes it: quoted names, binds, subselects, aggregates, joins.
PREPARE active_record(text, integer) AS
SELECT "tasker_tasks".* FROM "tasker_tasks" INNER JOIN "tasker_core_current_tasks" ON "tasker_core_current_tasks"."task_id" = "tasker_tasks"."task_id"
WHERE "tasker_core_current_tasks"."state" = $1 ORDER BY "tasker_tasks"."task_id" ASC LIMIT $2;
EXECUTE active_record('error', 1);
SELECT "tasker_tasks"."task_id" FROM "tasker_tasks" WHERE "tasker_tasks"."task_id" IN
    (SELECT "tasker_find_tasks"."task_id" FROM tasker_find_tasks(active => TRUE) "tasker_find_tasks") ORDER BY "tasker_tasks"."task_id" DESC LIMIT 1;
SELECT 1 AS one FROM "tasker_core_current_steps" WHERE "tasker_core_current_steps"."task_id" = 3 AND "tasker_core_current_steps"."state" = 'error' LIMIT 1;
SELECT COUNT(*) AS "count_all", "tasker_core_current_steps"."state" AS "state" FROM "tasker_core_current_steps"
GROUP BY "tasker_core_current_steps"."state" ORDER BY 2;
-- As SQLAlchemy writes it: aliases numbered, lateral joins, casts of binds.
PREPARE sqlalchemy(bigint, integer) AS
SELECT anon_1.workflow_step_id, anon_1.blocking_reason, tasker_tasks_1.initiator
FROM tasker_tasks AS tasker_tasks_1 JOIN LATERAL tasker_find_steps(task_id => tasker_tasks_1.task_id) AS anon_1 ON true
WHERE tasker_tasks_1.task_id = $1::BIGINT ORDER BY anon_1.workflow_step_id LIMIT $2::INTEGER;
EXECUTE sqlalchemy(3, 5);
SELECT anon_1.task_id, anon_1.total_steps FROM (SELECT tasker_tasks.task_id AS task_id, anon_2.total_steps AS total_steps
FROM tasker_tasks JOIN LATERAL tasker_step_completion_stats(tasker_tasks.task_id) AS anon_2 ON true) AS anon_1
WHERE anon_1.total_steps > 0 ORDER BY anon_1.task_id;
SELECT anon_1.version FROM tasker_latest_versions(CAST('shop' AS TEXT), CAST(NULL AS TEXT)) AS anon_1;
SELECT s.workflow_step_id FROM tasker_core_current_steps AS s JOIN LATERAL tasker_step_siblings(s.workflow_step_id) AS b ON true
WHERE s.step_name = 'step_2' ORDER BY s.workflow_step_id LIMIT 1;

-- The rights of the caller count, and row-level security filters.
\set SHOW_CONTEXT never
CREATE ROLE tasker_finder;
GRANT USAGE ON SCHEMA finding TO tasker_finder;
SET ROLE tasker_finder;
SELECT count(*) FROM tasker_find_tasks();
SELECT count(*) FROM tasker_find_steps();
SELECT count(*) FROM tasker_core_current_tasks;
SELECT count(*) FROM tasker_core_current_steps;
SELECT count(*) FROM tasker_latest_versions();
SELECT count(*) FROM tasker_step_siblings(103);
SELECT count(*) FROM tasker_step_completion_stats(1);
RESET ROLE;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges,
    tasker_workflow_step_transitions, tasker_named_steps, tasker_named_tasks, tasker_task_namespaces TO tasker_finder;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_tasks FOR SELECT TO tasker_finder USING (task_id = 3);
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_workflow_steps FOR SELECT TO tasker_finder USING (workflow_step_id = 302);
SET ROLE tasker_finder;
SELECT array_agg(task_id) FROM tasker_find_tasks();
SELECT workflow_step_id, blocking_reason, blocked_by_step_id FROM tasker_find_steps();
SELECT array_agg(task_id) FROM tasker_core_current_tasks;
SELECT array_agg(workflow_step_id) FROM tasker_core_current_steps;
SELECT count(*) FROM tasker_find_tasks(annotation_type => 'ticket');
SELECT * FROM tasker_step_completion_stats(1);
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;

-- With 50,000 steps nothing that asks about one task, or for one page, reads a table from end to end.
\set ECHO none
SET client_min_messages = error;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT id, 1, '2026-01-01', 'task ' || id, '2026-01-01', '2026-01-01' FROM generate_series(1001, 6000) AS id;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
SELECT id, 1001 + (id - 10001) / 10, 1 + id % 10, 0, '2026-01-01', '2026-01-01' FROM generate_series(10001, 60000) AS id;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'complete', 10, '2026-01-01', '2026-01-01' FROM generate_series(10001, 60000, 2) AS id;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'in_progress', 10, '2026-01-01', '2026-01-01' FROM generate_series(1001, 6000, 2) AS id;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT id, id + 1, 'provides', '2026-01-01', '2026-01-01' FROM generate_series(10001, 60000) AS id WHERE id % 10 <> 0;
ANALYZE;
SELECT count(*) > 0 AS installed FROM tasker_install();
ANALYZE;
-- The nodes of a plan that read a table from end to end.
CREATE FUNCTION scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Seq Scan on (tasker_tasks|tasker_workflow|tasker_task_transitions|tasker_core_)' THEN
            RETURN NEXT btrim(line);
        END IF;
    END LOOP;
END $$;
-- How often the tables of this schema have been read from end to end, by this session.
CREATE FUNCTION sequential_scans() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT sum(pg_stat_get_numscans(c.oid) + pg_stat_get_xact_numscans(c.oid)) FROM pg_class AS c
    WHERE c.relnamespace = 'finding'::regnamespace AND c.relkind = 'r' AND c.reltuples > 1000
$$;
\set ECHO all
SELECT scans('SELECT * FROM tasker_core_current_tasks WHERE task_id = 5000');
SELECT scans('SELECT * FROM tasker_core_current_steps WHERE workflow_step_id = 50000');
SELECT scans('SELECT * FROM tasker_core_current_steps WHERE task_id = 5000');
SELECT scans('SELECT t.state, s.state FROM tasker_core_current_tasks AS t JOIN tasker_core_current_steps AS s USING (task_id) WHERE t.task_id = 5000');
-- The measure works: this one does read it all.
SELECT count(*) > 0 AS is_noticed FROM scans('SELECT count(created_at) FROM tasker_core_current_steps');
BEGIN;
SELECT sequential_scans() AS before \gset
SELECT count(*) FROM tasker_workflow_steps WHERE created_at < '2000-01-01';
SELECT sequential_scans() > :before AS is_counted;
COMMIT;
BEGIN;
SELECT sequential_scans() AS before \gset
SELECT count(*) FROM tasker_find_tasks(5000);
SELECT count(*) FROM tasker_find_tasks(max_rows => 20);
SELECT count(*) FROM tasker_find_tasks(states => '{in_progress}', after_id => 5000, max_rows => 20);
SELECT count(*) FROM tasker_find_tasks(namespace => 'shop');
SELECT count(*) FROM tasker_find_steps(task_id => 5000);
SELECT count(*) FROM tasker_find_steps('ready', task_id => 5000);
SELECT count(*) FROM tasker_find_steps('ready', after_id => 50000, max_rows => 20);
SELECT count(*) FROM tasker_step_siblings(50002);
SELECT tasker_explain_task(5000) ->> 'total_waits' AS waits;
SELECT count(*) FROM tasker_next_steps();
SELECT count(*) FROM tasker_stuck_tasks(after_id => 5000, max_rows => 20);
SELECT * FROM tasker_step_completion_stats(5000);
SELECT sequential_scans() - :before AS scanned;
COMMIT;

-- Rare rows are found through an index if there is one: the engine's own index of failed steps, another that the test
-- makes. Rows fetched, of 50,000 steps and 5,000 tasks.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'error', 10, '2026-01-01', '2026-01-01' FROM generate_series(20002, 60000, 2000) AS id;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
SELECT id, 'error', 10, '2026-01-01', '2026-01-01' FROM generate_series(2002, 6000, 200) AS id;
CREATE INDEX ON tasker_task_transitions (to_state, task_id) WHERE most_recent;
ANALYZE;
CREATE FUNCTION fetched() RETURNS numeric LANGUAGE sql VOLATILE AS $$
    SELECT sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) FROM pg_class
    WHERE relnamespace = 'finding'::regnamespace
$$;
BEGIN;
SELECT fetched() AS before \gset
SELECT count(*) FROM tasker_find_steps(states => '{error}', max_rows => NULL);
SELECT count(*) FROM tasker_find_steps('retryable', max_rows => NULL);
SELECT count(*) FROM tasker_find_steps(failed_since => '2026-01-01 00:00+00', max_rows => NULL);
SELECT count(*) FROM tasker_find_tasks(states => '{error,cancelled}', max_rows => NULL);
SELECT fetched() - :before < 5000 AS are_few;
SELECT fetched() AS before \gset
SELECT count(*) > 10000 AS many FROM tasker_find_steps(states => '{error,complete}', max_rows => NULL);
SELECT fetched() - :before < 5000 AS are_few;
COMMIT;

SELECT object, action FROM tasker_uninstall(verbose => true) WHERE object LIKE 'view %' ORDER BY object;
DROP SCHEMA finding CASCADE;
DROP ROLE tasker_finder;
