-- Reading sees the caller's snapshot and costs no transaction id, at every isolation level.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA read_snapshot;
SET search_path = read_snapshot, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 101, 2, '{{1,2}}');

-- No transaction id for any read function.
BEGIN;
SELECT count(*) FROM tasker_ready_steps(1);
SELECT count(*) FROM tasker_ready_steps_of_tasks('{1}'::bigint[]);
SELECT count(*) FROM tasker_step_readiness(1);
SELECT count(*) FROM tasker_step_readiness_of_tasks('{1}'::bigint[]);
SELECT count(*) FROM tasker_task_context(1);
SELECT count(*) FROM tasker_task_context_of_tasks('{1}'::bigint[]);
SELECT tasker_explain_step(101) ->> 'ready' AS ready;
SELECT count(*) FROM tasker_rails_get_step_readiness_status(1);
SELECT count(*) FROM tasker_rails_get_step_readiness_status_batch('{1}');
SELECT count(*) FROM tasker_rails_get_task_execution_context(1);
SELECT count(*) FROM tasker_rails_get_task_execution_contexts_batch('{1}');
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
COMMIT;

-- Reads run in a read-only transaction, as on a standby.
BEGIN READ ONLY;
SELECT workflow_step_id FROM tasker_ready_steps(1);
COMMIT;

-- A query does not see the work of the very statement that it is part of, although the transaction has an id.
BEGIN;
SELECT move_step(101, 'in_progress');
WITH done AS (
    UPDATE tasker_workflow_steps SET processed = true WHERE workflow_step_id = 102 RETURNING workflow_step_id
)
SELECT done.workflow_step_id, readiness.blocking_reason
FROM done CROSS JOIN LATERAL tasker_step_readiness(1, ARRAY[done.workflow_step_id]) AS readiness;
SELECT workflow_step_id, blocking_reason FROM tasker_step_readiness(1, '{102}');
ROLLBACK;

-- A cursor keeps the snapshot that it was opened with.
BEGIN;
DECLARE answers CURSOR FOR
    SELECT number, ready.workflow_step_id
    FROM generate_series(1, 2) AS number CROSS JOIN LATERAL tasker_ready_steps(number - number + 1) AS ready;
FETCH 1 FROM answers;
SELECT move_step(101, 'complete');
FETCH 1 FROM answers;
CLOSE answers;
SELECT workflow_step_id FROM tasker_ready_steps(1);
ROLLBACK;

-- In a function that is STABLE, and in one that is VOLATILE.
CREATE FUNCTION ready_now(id bigint) RETURNS bigint LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN (SELECT count(*) FROM tasker_step_readiness(id) AS step WHERE step.current_state = 'cancelled'); END $$;
CREATE FUNCTION ready_after(id bigint) RETURNS bigint LANGUAGE plpgsql
AS $$ BEGIN RETURN (SELECT count(*) FROM tasker_step_readiness(id) AS step WHERE step.current_state = 'cancelled'); END $$;
BEGIN;
WITH written AS (
    INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
    VALUES (101, 'cancelled', 10, '2026-01-01', '2026-01-01')
    RETURNING workflow_step_id
)
SELECT ready_now(1) AS before, (SELECT count(*) FROM written) AS written FROM written;
SELECT ready_after(1) AS after;
ROLLBACK;

-- Savepoints: what is rolled back was never so.
BEGIN;
SAVEPOINT one;
SELECT move_step(101, 'complete');
SELECT workflow_step_id FROM tasker_ready_steps(1);
ROLLBACK TO one;
SELECT workflow_step_id FROM tasker_ready_steps(1);
COMMIT;

BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT workflow_step_id FROM tasker_ready_steps(1);
SELECT move_step(101, 'complete');
SELECT workflow_step_id FROM tasker_ready_steps(1);
SELECT pg_current_xact_id_if_assigned() IS NULL AS no_transaction_id;
ROLLBACK;

DROP SCHEMA read_snapshot CASCADE;
