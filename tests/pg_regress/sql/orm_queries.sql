-- The views and the functions of finding as object-relational mappers ask for them: prepared statements with parameters of
-- the types that they send, quoted names, aliases, subqueries, pages, counts. (tests/pg_regress/sql/finding.sql is about
-- what is found.)
-- The views need 15. For earlier versions there is expected/orm_queries_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS has_views;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA orm_queries;
SET search_path = orm_queries, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT count(*) AS made FROM (SELECT make_task(id, id * 10, 3, '{{1,2},{2,3}}') FROM generate_series(1, 8) AS id) AS made;
SELECT count(*) AS moved FROM (SELECT move_task(id, 'in_progress', '2026-01-01 10:00'), move_step(id * 10, 'in_progress', '2026-01-01 10:00')
    FROM generate_series(1, 6) AS id) AS moved;
SELECT count(*) AS moved FROM (SELECT move_step(id * 10, 'complete', '2026-01-01 11:00') FROM generate_series(1, 4) AS id) AS moved;
UPDATE tasker_workflow_steps SET processed = true, processed_at = '2026-01-01 11:00' WHERE workflow_step_id IN (10, 20, 30, 40);
UPDATE tasker_workflow_steps SET attempts = 3, results = '{"error": "no route", "error_class": "Timeout"}' WHERE workflow_step_id IN (50, 60);
SELECT move_step(50, 'error', '2026-01-01 11:30'), move_step(60, 'error', '2026-01-01 11:45'), move_task(6, 'error', '2026-01-01 11:45');

-- ActiveRecord. A model for each view; where, order, limit, offset.
PREPARE ar_where (text, bigint) AS
SELECT "tasker_core_current_tasks".* FROM "tasker_core_current_tasks" WHERE "tasker_core_current_tasks"."state" = $1
ORDER BY "tasker_core_current_tasks"."task_id" ASC LIMIT $2;
EXECUTE ar_where('in_progress', 2);
PREPARE ar_page (text, bigint, bigint) AS
SELECT "tasker_core_current_steps"."workflow_step_id", "tasker_core_current_steps"."step_name" FROM "tasker_core_current_steps"
WHERE "tasker_core_current_steps"."state" IN ($1, 'error') ORDER BY "tasker_core_current_steps"."workflow_step_id" DESC LIMIT $2 OFFSET $3;
EXECUTE ar_page('complete', 3, 1);
-- find, exists?, count, count of a page, group.count, pluck, or, not, between.
PREPARE ar_find (bigint, bigint) AS
SELECT "tasker_core_current_tasks".* FROM "tasker_core_current_tasks" WHERE "tasker_core_current_tasks"."task_id" = $1 LIMIT $2;
EXECUTE ar_find(6, 1);
PREPARE ar_exists (bigint, text, bigint) AS
SELECT 1 AS one FROM "tasker_core_current_steps" WHERE "tasker_core_current_steps"."task_id" = $1 AND "tasker_core_current_steps"."state" = $2 LIMIT $3;
EXECUTE ar_exists(5, 'error', 1);
EXECUTE ar_exists(1, 'error', 1);
PREPARE ar_count (bigint) AS SELECT COUNT(*) FROM "tasker_core_current_steps" WHERE "tasker_core_current_steps"."task_id" = $1;
EXECUTE ar_count(5);
PREPARE ar_count_of_page (bigint, bigint) AS
SELECT COUNT(*) FROM (SELECT 1 AS one FROM "tasker_core_current_tasks" LIMIT $1 OFFSET $2) subquery_for_count;
EXECUTE ar_count_of_page(5, 6);
SELECT COUNT(*) AS "count_all", "tasker_core_current_steps"."state" AS "tasker_core_current_steps_state"
FROM "tasker_core_current_steps" GROUP BY "tasker_core_current_steps"."state" ORDER BY 2;
SELECT "tasker_core_current_tasks"."task_id" FROM "tasker_core_current_tasks"
WHERE ("tasker_core_current_tasks"."state" != 'pending' OR "tasker_core_current_tasks"."task_id" BETWEEN 7 AND 8)
  AND "tasker_core_current_tasks"."state_since" >= '2026-01-01 11:00:00' ORDER BY "tasker_core_current_tasks"."task_id" ASC;
-- joins, a subquery, distinct, in_batches.
PREPARE ar_joins (text, bigint) AS
SELECT DISTINCT "tasker_tasks"."task_id", "now"."state" FROM "tasker_tasks"
INNER JOIN "tasker_core_current_tasks" "now" ON "now"."task_id" = "tasker_tasks"."task_id"
INNER JOIN "tasker_workflow_steps" ON "tasker_workflow_steps"."task_id" = "tasker_tasks"."task_id"
INNER JOIN "tasker_core_current_steps" ON "tasker_core_current_steps"."workflow_step_id" = "tasker_workflow_steps"."workflow_step_id"
WHERE "tasker_core_current_steps"."state" = $1 ORDER BY "tasker_tasks"."task_id" ASC LIMIT $2;
EXECUTE ar_joins('error', 10);
SELECT "tasker_tasks"."task_id" FROM "tasker_tasks" WHERE "tasker_tasks"."task_id" IN
    (SELECT "tasker_core_current_steps"."task_id" FROM "tasker_core_current_steps" WHERE "tasker_core_current_steps"."state" = 'in_progress')
    OR "tasker_tasks"."task_id" NOT IN (SELECT "now"."task_id" FROM "tasker_core_current_tasks" "now" WHERE "now"."state" = 'in_progress')
ORDER BY "tasker_tasks"."task_id" ASC;
PREPARE ar_batches (bigint, bigint) AS
SELECT "tasker_core_current_steps"."workflow_step_id" FROM "tasker_core_current_steps"
WHERE "tasker_core_current_steps"."workflow_step_id" > $1 ORDER BY "tasker_core_current_steps"."workflow_step_id" ASC LIMIT $2;
EXECUTE ar_batches(80, 1000);
-- from: a function in a table's place; find_by_sql with bind parameters.
PREPARE ar_from (bigint) AS
SELECT tasks.* FROM (SELECT * FROM tasker_find_tasks(states => ARRAY['error','pending'], max_rows => NULL)) tasks
WHERE "tasks"."task_id" > $1 ORDER BY "tasks"."task_id" DESC;
EXECUTE ar_from(6);
PREPARE ar_find_by_sql AS SELECT workflow_step_id, blocking_reason FROM tasker_find_steps($1, task_id => $2) ORDER BY 1;
EXECUTE ar_find_by_sql('blocked', 5);
PREPARE ar_joins_function AS
SELECT "tasker_workflow_steps"."workflow_step_id", found.blocked_by_step_id FROM "tasker_workflow_steps"
INNER JOIN tasker_find_steps('waiting') AS found ON found.workflow_step_id = "tasker_workflow_steps"."workflow_step_id"
WHERE "tasker_workflow_steps"."task_id" = $1 ORDER BY "tasker_workflow_steps"."workflow_step_id" ASC;
EXECUTE ar_joins_function(6);

-- SQLAlchemy: every column with a label, every parameter with a cast.
PREPARE sa_select AS
SELECT tasker_core_current_steps.workflow_step_id, tasker_core_current_steps.step_name, tasker_core_current_steps.state AS state_1
FROM tasker_core_current_steps
WHERE tasker_core_current_steps.task_id = $1::BIGINT AND tasker_core_current_steps.state IN ($2::VARCHAR, $3::VARCHAR)
ORDER BY tasker_core_current_steps.workflow_step_id LIMIT $4::INTEGER OFFSET $5::INTEGER;
EXECUTE sa_select(5, 'error', 'pending', 2, 1);
PREPARE sa_count AS
SELECT count(*) AS count_1 FROM (SELECT tasker_core_current_tasks.task_id AS task_id, tasker_core_current_tasks.state AS state
    FROM tasker_core_current_tasks WHERE tasker_core_current_tasks.state = $1::VARCHAR) AS anon_1;
EXECUTE sa_count('in_progress');
PREPARE sa_exists AS
SELECT EXISTS (SELECT 1 FROM tasker_core_current_steps WHERE tasker_core_current_steps.state = $1::VARCHAR) AS anon_1;
EXECUTE sa_exists('cancelled');
PREPARE sa_table_valued AS
SELECT anon_1.task_id, anon_1.current_state FROM tasker_find_tasks(NULL, CAST($1 AS VARCHAR[]), NULL, $2::VARCHAR) AS anon_1
ORDER BY anon_1.task_id LIMIT $3::INTEGER;
EXECUTE sa_table_valued('{in_progress,error}', 'default', 3);
PREPARE sa_lateral AS
SELECT tasker_tasks.task_id, anon_1.workflow_step_id, anon_1.to_state FROM tasker_tasks
JOIN LATERAL (SELECT found.workflow_step_id AS workflow_step_id, history.to_state AS to_state
    FROM tasker_find_steps(NULL, tasker_tasks.task_id) AS found, tasker_step_history(found.workflow_step_id) AS history) AS anon_1 ON true
WHERE tasker_tasks.task_id IN ($1::BIGINT, $2::BIGINT) ORDER BY tasker_tasks.task_id, anon_1.workflow_step_id, anon_1.to_state;
EXECUTE sa_lateral(4, 5);
WITH anon_2 AS (SELECT tasker_core_current_tasks.state AS state, count(*) AS tasks FROM tasker_core_current_tasks GROUP BY tasker_core_current_tasks.state)
SELECT anon_2.state, anon_2.tasks, rank() OVER (ORDER BY anon_2.tasks DESC, anon_2.state) AS rank_1 FROM anon_2 ORDER BY rank_1;
PREPARE sa_union AS
SELECT anon_1.workflow_step_id FROM (
    SELECT found.workflow_step_id AS workflow_step_id FROM tasker_find_steps($1::VARCHAR) AS found
    UNION SELECT letters.workflow_step_id FROM tasker_dead_letters() AS letters) AS anon_1 ORDER BY anon_1.workflow_step_id;
EXECUTE sa_union('running');

-- What the others ask for: each once, as a table, by name, with parameters.
PREPARE siblings (bigint) AS SELECT "s"."workflow_step_id", "s"."same_parents" FROM tasker_step_siblings($1) "s" ORDER BY 1;
EXECUTE siblings(51);
PREPARE versions (text) AS SELECT "v"."task_name", "v"."version" FROM tasker_latest_versions($1) "v" LIMIT 1;
EXECUTE versions('default');
PREPARE stuck (interval, integer) AS SELECT COUNT(*) FROM tasker_stuck_tasks($1, $2) "t" WHERE "t"."current_state" = 'in_progress';
EXECUTE stuck('10 minutes', NULL);
PREPARE next_steps (integer) AS SELECT "n"."place", "n"."workflow_step_id" FROM tasker_next_steps($1) AS "n" ORDER BY "n"."place";
EXECUTE next_steps(2);
PREPARE failures (timestamptz) AS SELECT "f"."error_class", "f"."failures", "f"."sample_message" FROM tasker_failures($1) "f";
EXECUTE failures('2026-01-01 00:00:00+00');
PREPARE task_history (bigint) AS SELECT "h"."to_state", "h"."duration" FROM tasker_task_history($1) "h" ORDER BY "h"."sort_key";
EXECUTE task_history(6);
PREPARE stats (bigint) AS SELECT "s"."completed_steps", "s"."failed_steps" FROM tasker_step_completion_stats($1) AS "s";
EXECUTE stats(6);
PREPARE readiness (bigint[]) AS
SELECT "tasker_core_current_steps"."step_name", "r"."ready_for_execution" FROM tasker_step_readiness_of_tasks($1) "r"
INNER JOIN "tasker_core_current_steps" USING (workflow_step_id) ORDER BY workflow_step_id;
EXECUTE readiness('{5,8}');
PREPARE slowest (timestamptz, integer) AS SELECT "s"."workflow_step_id", "s"."duration_seconds" FROM tasker_slowest_steps($1, $2) "s";
EXECUTE slowest('2025-01-01 00:00:00+00', 2);

-- A cursor, as find_each and yield_per use one; a read-only transaction, as a replica's connection is one.
BEGIN READ ONLY;
DECLARE "curs_1" NO SCROLL CURSOR FOR SELECT "tasker_core_current_steps".* FROM "tasker_core_current_steps" ORDER BY "workflow_step_id";
FETCH FORWARD 2 FROM "curs_1";
MOVE FORWARD ALL FROM "curs_1";
CLOSE "curs_1";
DECLARE "curs_2" NO SCROLL CURSOR FOR SELECT task_id FROM tasker_find_tasks(max_rows => NULL);
FETCH FORWARD 3 FROM "curs_2";
COMMIT;
-- What an inspector reads of a view: the types of its columns.
SELECT "a"."attname", format_type("a"."atttypid", "a"."atttypmod") FROM "pg_attribute" "a"
WHERE "a"."attrelid" = '"tasker_core_current_tasks"'::regclass AND "a"."attnum" > 0 ORDER BY "a"."attnum";

DEALLOCATE ALL;
SET client_min_messages = error;
SELECT count(*) > 0 AS removed FROM tasker_uninstall();
DROP SCHEMA orm_queries CASCADE;
