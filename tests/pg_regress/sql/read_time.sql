-- Time: any session TimeZone, any number of attempts, any stored time.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA read_time;
SET search_path = read_time, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 101, 8);
-- A failure a second ago; a wait of an hour asked for half an hour ago; and what overflows elsewhere (R8).
SELECT move_step(101, 'error', '2026-01-01 11:59:59');
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = 101;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 3600, last_attempted_at = '2026-01-01 11:30:00'
WHERE workflow_step_id = 102;
SELECT move_step(id, 'error', '2026-01-01 11:59:50') FROM generate_series(103, 106) AS id;
UPDATE tasker_workflow_steps AS step SET attempts = given.attempts, retry_limit = 2147483647
FROM (VALUES (103, 44), (104, 1024), (105, 2147483647), (106, -2147483648)) AS given (id, attempts)
WHERE step.workflow_step_id = given.id;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 2147483647, last_attempted_at = '294276-12-31 23:59:59'
WHERE workflow_step_id = 107;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 1, last_attempted_at = '-infinity' WHERE workflow_step_id = 108;

CREATE VIEW answers AS
SELECT workflow_step_id AS step, attempts, ready_for_execution AS ready, blocking_reason, next_eligible_at
FROM tasker_step_readiness(1);
SELECT * FROM answers;
SELECT workflow_step_id AS step, eligible_since FROM tasker_ready_steps(1);
SELECT workflow_step_id AS step, ready_for_execution AS ready, next_retry_at
FROM tasker_rails_get_step_readiness_status(1, NULL);
SELECT tasker_explain_step(101) ->> 'summary' AS summary;
SELECT tasker_explain_step(107) -> 'backoff' AS backoff;
-- What an application has stored as infinite is shown as none: some drivers cannot read it.
SELECT last_attempted_at, next_retry_at, next_eligible_at FROM tasker_step_readiness(1) WHERE workflow_step_id IN (107, 108);

-- The same everywhere.
CREATE TABLE in_utc AS SELECT * FROM answers;
SET TimeZone = 'America/Los_Angeles';
SELECT count(*) AS different FROM (SELECT * FROM answers EXCEPT SELECT * FROM in_utc) AS difference;
SET TimeZone = 'Asia/Tokyo';
SELECT count(*) AS different FROM (SELECT * FROM answers EXCEPT SELECT * FROM in_utc) AS difference;
SET TimeZone = 'Asia/Kathmandu';
SELECT count(*) AS different FROM (SELECT * FROM answers EXCEPT SELECT * FROM in_utc) AS difference;

-- With the real clock too: what failed a second ago waits, an hour ago it may run.
SET tasker_core.fake_now = '';
UPDATE tasker_workflow_step_transitions SET created_at = (now() AT TIME ZONE 'UTC') - interval '1 hour'
WHERE workflow_step_id = 101;
UPDATE tasker_workflow_step_transitions SET created_at = (now() AT TIME ZONE 'UTC')
WHERE workflow_step_id = 103;
SELECT step, ready FROM answers WHERE step IN (101, 103);
SET TimeZone = 'America/Los_Angeles';
SELECT step, ready FROM answers WHERE step IN (101, 103);

-- The tasker_ functions look at the statement's clock, those behind the Rails names at the transaction's (R22).
BEGIN;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 0, last_attempted_at = clock_timestamp() AT TIME ZONE 'UTC'
WHERE workflow_step_id = 108;
SELECT ready FROM answers WHERE step = 108;
SELECT ready_for_execution AS ready FROM tasker_rails_get_step_readiness_status(1, '{108}');
ROLLBACK;

-- A clock that is given with an offset.
RESET TimeZone;
SET tasker_core.fake_now = '2026-01-01 13:00:00.999999+01';
SELECT ready FROM answers WHERE step = 103;
SELECT tasker_explain_step(101) ->> 'evaluated_at' AS evaluated_at;

-- Instants are timestamptz: arithmetic with now() is right in every session. Those behind the Rails names are the engine's.
SELECT proname, column_name
FROM pg_proc, unnest(proallargtypes, proargnames) AS columns (type, column_name)
WHERE proname LIKE 'tasker\_%' AND proname NOT LIKE 'tasker\_rails\_%' AND type = 'timestamp'::regtype
    AND pronamespace = (SELECT extnamespace FROM pg_extension WHERE extname = 'tasker_core');
SET tasker_core.fake_now = '';
SET TimeZone = 'America/New_York';
SELECT step.lease_until - statement_timestamp() AS lease FROM tasker_claim_steps('worker', lease => '300 s', task_id => 1) AS step;
SET TimeZone = 'Asia/Kathmandu';
SELECT due.lease_until - statement_timestamp() AS lease FROM tasker_due_tasks('scheduler', 1, lease => '300 s') AS due;

DROP SCHEMA read_time CASCADE;
