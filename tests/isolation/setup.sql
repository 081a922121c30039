-- What every spec stands on: an installation, the tests' helpers, and a way to begin afresh.
SET client_min_messages = warning;
CREATE EXTENSION tasker_core;
SELECT count(*) FROM tasker_install();
\ir ../pg_regress/helpers.sql

CREATE FUNCTION clear_tasks() RETURNS void LANGUAGE sql
BEGIN ATOMIC
    DELETE FROM tasker_workflow_step_transitions;
    DELETE FROM tasker_workflow_step_edges;
    DELETE FROM tasker_workflow_steps;
    DELETE FROM tasker_task_transitions;
    DELETE FROM tasker_tasks;
END;

-- A text body: one spec drops the side tables and puts them back.
CREATE FUNCTION side() RETURNS TABLE (step bigint, state text, attempts integer, parents bigint[]) LANGUAGE sql STABLE
AS 'SELECT workflow_step_id, state, attempts, parent_step_ids FROM tasker_core_steps ORDER BY workflow_step_id';
CREATE VIEW drift AS SELECT * FROM _tasker_drift('public'::regnamespace);
