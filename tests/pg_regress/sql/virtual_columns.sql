-- Virtual generated columns, which PostgreSQL has from 18 on, are computed when they are read: rows do not hold them.
SELECT current_setting('server_version_num')::integer < 180000 AS has_none \gset
\if :has_none
\echo 'this version has none'
\quit
\endif
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA virtual_columns;
SET search_path = virtual_columns, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all

-- Names of the engine's tables.
SELECT make_task(1, 11, 2, '{{1,2}}');
ALTER TABLE tasker_named_steps RENAME name TO title;
ALTER TABLE tasker_named_steps ADD name varchar GENERATED ALWAYS AS (upper(title)) VIRTUAL;
SELECT workflow_step_id, step_name FROM tasker_claim_steps('worker', 1);
SELECT step_name FROM tasker_step_readiness(1) ORDER BY 1;

-- A side table with one is written by statements, which check what is defined on it.
ALTER TABLE tasker_core_leases
ADD is_short boolean GENERATED ALWAYS AS (CASE WHEN lease_until < claimed_at + interval '1 hour' THEN true END) VIRTUAL NOT NULL;
SELECT make_task(2, 21, 1);
SELECT claim_token AS token FROM tasker_claim_steps('worker', 1, '2 minutes', task_id => 2) \gset
\set VERBOSITY sqlstate
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid], '2 hours');
\set VERBOSITY default
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid], '3 minutes');
SELECT workflow_step_id, is_short, lease_until - claimed_at < interval '4 minutes' AS is_brief FROM tasker_core_leases ORDER BY 1;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA virtual_columns CASCADE;
