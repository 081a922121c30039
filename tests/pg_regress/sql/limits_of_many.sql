-- Limits and pauses over many steps that wait: none of them delays steps without a limit, and as many may start as
-- there is room for.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA limits_of_many;
SET search_path = limits_of_many, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (2, 'billing', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at) VALUES (2, 'invoice', 2, '2026-01-01', '2026-01-01');
-- Tasks of one step of the same id, to be claimed in the order of their ids.
CREATE FUNCTION make(first bigint, last bigint, named_task integer DEFAULT 1, context jsonb DEFAULT NULL) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, context, created_at, updated_at)
    SELECT id, named_task, '2026-01-01', 'task ' || id, context, '2026-01-01', '2026-01-01' FROM generate_series(first, last) AS id;
    INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
    SELECT id, id, 1, 0, '2026-01-01', '2026-01-01' FROM generate_series(first, last) AS id;
    UPDATE tasker_core_hints SET rank = '2026-01-01 12:00:00'::timestamp + task_id * interval '1 ms' WHERE task_id BETWEEN first AND last;
$$;
CREATE FUNCTION claimed(steps integer DEFAULT 1) RETURNS bigint[] LANGUAGE sql
AS $$ SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) FROM tasker_claim_steps('worker', steps) $$;
CREATE FUNCTION finish(step bigint) RETURNS text LANGUAGE sql
AS $$ SELECT state FROM tasker_complete_step(step, NULL, (SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step)) $$;
CREATE VIEW queues AS
SELECT (SELECT count(*) FROM tasker_core_hints) AS hints, (SELECT count(*) FROM tasker_core_parked) AS parked,
    (SELECT count(*) FROM tasker_core_holds) AS holds;

-- 400 steps of a kind that is paused, and behind them one that is not: the first claim finds it, and clears the way.
SELECT make(1, 400), make(401, 401, 2);
SELECT tasker_pause('task_name', 'order');
SELECT claimed();
SELECT * FROM queues;
SELECT finish(401);
-- The same holds for any number of requested rows.
SELECT make(402, 404, 2);
SELECT tasker_resume('task_name', 'order');
SELECT * FROM queues;
SELECT tasker_pause('namespace', 'default');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, step_names => '{step_1}');
SELECT tasker_resume('namespace', 'default');
SELECT tasker_pause('step_name', 'step_1');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, namespaces => '{billing}');
SELECT * FROM queues;
SELECT tasker_resume('step_name', 'step_1');
SELECT tasker_set_limit('task_name', 'order', max_running => 0);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 2);
SELECT * FROM queues;
SELECT finish(402), finish(403), finish(404);

-- Three may run: three start, and no more than three are ever looked at again.
SELECT tasker_set_limit('task_name', 'order', max_running => 3);
SELECT * FROM queues;
SELECT claimed(), claimed();
SELECT claimed(100);
SELECT * FROM queues;
-- Five may: two more. Two may: nothing starts until three have ended.
SELECT tasker_set_limit('task_name', 'order', max_running => 5);
SELECT * FROM queues;
SELECT claimed(100);
SELECT tasker_set_limit('task_name', 'order', max_running => 2);
SELECT finish(1), finish(2), finish(3);
SELECT claimed(100);
SELECT finish(4);
SELECT claimed(100);
SELECT scope, name, max_running, running, waiting FROM tasker_limits();

-- One may, and the two that are next have no use for the place: the one behind them gets it without waiting for a timer.
SELECT tasker_set_limit('task_name', 'order', max_running => 1);
SELECT finish(5), finish(6);
SELECT workflow_step_id FROM tasker_core_hints;
SELECT tasker_pause_task(7), tasker_pause_task(8);
SELECT claimed(100), claimed(100), claimed(100), claimed(100);
SELECT tasker_resume_task(7), tasker_resume_task(8);

-- A rate: as many as have been refilled, however many are requested.
SELECT tasker_set_limit('task_name', 'order', max_starts => 3, per => '30 seconds');
SET tasker_core.fake_now = '2026-01-01 13:00:00+00';
SELECT cardinality(claimed(100));
SELECT claimed(100);
SET tasker_core.fake_now = '2026-01-01 13:00:10+00';
SELECT cardinality(claimed()), claimed();
SET tasker_core.fake_now = '2026-01-01 13:00:30+00';
SELECT cardinality(claimed(100)), claimed(100);
SELECT hints, parked > 300 AS most_are_parked FROM queues;

-- A limit on top of a pause of some of its steps, and one value of a key: what the others may use stays theirs.
SELECT tasker_set_limit('task_name', 'order');
TRUNCATE tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_task_transitions, tasker_task_annotations;
SELECT * FROM queues;
SELECT tasker_set_limit('namespace', 'billing', max_running => 2), tasker_set_limit('key', 'customer', max_running => 1);
SELECT make(1001, 1008, 2, '{"customer": 7}'), make(1009, 1010, 2);
SELECT claimed(1) AS first_of_seven, claimed(10) AS another_customer, claimed(10) AS absent;
SELECT finish(1001);
SELECT claimed(10) AS next_of_seven_or_other;
SELECT scope, name, running, waiting FROM tasker_limits();
SELECT tasker_set_limit('namespace', 'billing'), tasker_set_limit('key', 'customer');
SELECT cardinality(claimed(10));
SELECT * FROM queues;
DROP SCHEMA limits_of_many CASCADE;
