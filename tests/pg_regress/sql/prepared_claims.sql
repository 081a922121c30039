-- A claim in a prepared transaction, which no session runs: other sessions see the step as it was, and are told why they cannot
-- claim it.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA prepared_claims;
SET search_path = prepared_claims, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 10, 1), make_task(2, 20, 1);

BEGIN;
SELECT workflow_step_id FROM tasker_claim_steps('gone', task_id => 1);
PREPARE TRANSACTION 'a "quoted" claim';

SELECT workflow_step_id FROM tasker_claim_steps('worker', 10);
SELECT tasker_explain_step(10) -> 'ready' AS ready,
    tasker_explain_step(10) #>> '{locked_by,prepared_transaction}' AS prepared_transaction,
    (tasker_explain_step(10) #>> '{locked_by,since}')::timestamptz > now() - interval '1 hour' AS since;
SELECT task_id, reason, regexp_replace(hint, 'since [-0-9T:.]*Z', 'since T') AS hint FROM tasker_stuck_tasks(interval '0');
-- The doctor tells of it after five minutes.
SELECT check_name, object FROM tasker_doctor('prepared_claims') WHERE check_name = 'uncommitted_claim';
SELECT set_config('tasker_core.fake_now', (clock_timestamp() + interval '6 minutes')::text, false) IS NOT NULL;
SELECT severity, check_name, object, regexp_replace(detail, 'since .*', 'since T') AS detail, fix
FROM tasker_doctor('prepared_claims') WHERE check_name = 'uncommitted_claim';
RESET tasker_core.fake_now;

-- The advice is taken.
ROLLBACK PREPARED 'a "quoted" claim';
SELECT tasker_explain_step(10) -> 'locked_by' IS NULL AS free;
SELECT check_name FROM tasker_doctor('prepared_claims') WHERE check_name = 'uncommitted_claim';
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10);
DROP SCHEMA prepared_claims CASCADE;
