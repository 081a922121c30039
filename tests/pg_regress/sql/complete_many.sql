-- tasker_complete_steps: many executions end in one call.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA complete_many;
SET search_path = complete_many, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE TABLE claimed (step bigint PRIMARY KEY, token uuid);
CREATE FUNCTION claim(steps integer) RETURNS bigint LANGUAGE sql
AS $$ WITH claim AS (
          INSERT INTO claimed SELECT workflow_step_id, claim_token FROM tasker_claim_steps('worker', steps)
          ON CONFLICT (step) DO UPDATE SET token = excluded.token RETURNING 1
      ) SELECT count(*) FROM claim $$;
CREATE FUNCTION tokens(VARIADIC steps bigint[]) RETURNS uuid[] LANGUAGE sql STABLE
AS $$ SELECT array_agg(token ORDER BY place)
      FROM unnest(steps) WITH ORDINALITY AS wanted (step, place) LEFT JOIN claimed USING (step) $$;

-- Two tasks: a fan-in of three, and a chain. The child is ready because all of its parents have ended, so each says so.
SELECT make_task(1, 1, 4, '{{1,4},{2,4},{3,4}}'), make_task(2, 11, 2, '{{1,2}}');
SELECT claim(10);
SET tasker_core.fake_now = '2026-01-01 12:00:05+00';
SELECT * FROM tasker_complete_steps('{3,11,1,2}', tokens(3, 11, 1, 2), ARRAY['{"c": 3}', NULL, 'null', '{"a": [1.50]}']::jsonb[]);
SELECT workflow_step_id, results, attempts, processed, in_process, last_attempted_at FROM tasker_workflow_steps WHERE processed ORDER BY 1;
SELECT workflow_step_id, from_state, to_state, metadata - 'claim_token' AS metadata
FROM tasker_workflow_step_transitions WHERE most_recent ORDER BY 1;

-- The last steps of two tasks: both tasks end. Without results, and without tokens nothing is done.
SELECT claim(10);
SELECT workflow_step_id, state, refusal FROM tasker_complete_steps('{4,12}');
SELECT * FROM tasker_complete_steps('{4,12}', tokens(4, 12));
SELECT task_id, complete FROM tasker_tasks ORDER BY 1;
-- Again, with the same tokens: the first answers.
SELECT * FROM tasker_complete_steps('{12,4}', tokens(12, 4), ARRAY['1', '2']::jsonb[]);

-- One that is unknown, one that is not running, one of another worker, one that was lost: only these are refused.
SELECT make_task(3, 21, 5);
SELECT claim(4);
SELECT state FROM tasker_cancel_step(23);
SELECT workflow_step_id, state, repeated, refusal
FROM tasker_complete_steps('{21,999,25,22,23,24}', tokens(21, 999, 25, 21, 23, 24));
SELECT workflow_step_id, to_state FROM tasker_workflow_step_transitions WHERE most_recent AND workflow_step_id > 20 ORDER BY 1;
-- Steps that the Rails engine has started need no token.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (25, 'in_progress', 10, true, '2026-01-01 12:00', '2026-01-01 12:00');
SELECT workflow_step_id, state, repeated, refusal FROM tasker_complete_steps('{25}');

-- What is not an answer about a single step.
SELECT * FROM tasker_complete_steps('{22,NULL}');
SELECT * FROM tasker_complete_steps('{22,22}');
SELECT * FROM tasker_complete_steps('{22}', '{}');
SELECT * FROM tasker_complete_steps('{22}', tokens(22), ARRAY['1', '2']::jsonb[]);
SELECT count(*) AS none FROM tasker_complete_steps('{}');

-- A thousand at once; their side rows, queues and counts are what they would be after single calls.
SELECT count(make_task(task, task * 10, 3, '{{1,2},{2,3}}'))
FROM generate_series(100, 599) AS task;
SELECT claim(1000);
SELECT count(*), count(state), sum(cardinality(ready_step_ids)) AS ready
FROM tasker_complete_steps((SELECT array_agg(step ORDER BY step DESC) FROM claimed WHERE step >= 1000),
                           (SELECT array_agg(token ORDER BY step DESC) FROM claimed WHERE step >= 1000));
SELECT count(*) AS hints FROM tasker_core_hints;
SELECT count(*) AS leases FROM tasker_core_leases WHERE workflow_step_id >= 1000;
SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info';

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA complete_many CASCADE;
