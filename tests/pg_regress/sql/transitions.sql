-- Single transitions: the table of states, its guards, the columns, the history, and what is said to other writers.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
SET intervalstyle = postgres;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA transitions;
SET search_path = transitions, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE VIEW steps AS
SELECT step.workflow_step_id AS step, side.state, step.in_process, step.processed, step.processed_at, step.attempts,
       step.last_attempted_at, step.backoff_request_seconds AS backoff, step.results
FROM tasker_workflow_steps AS step JOIN tasker_core_steps AS side USING (workflow_step_id) ORDER BY 1;
CREATE VIEW tasks AS
SELECT task.task_id AS task, side.state, task.complete
FROM tasker_tasks AS task JOIN tasker_core_tasks AS side USING (task_id) ORDER BY 1;
CREATE FUNCTION states() RETURNS SETOF text LANGUAGE sql IMMUTABLE
AS $$ SELECT unnest(ARRAY['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually']) $$;
-- What a call answers, without the id of the transition, or how it is refused; nothing of it stays.
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    hint text;
BEGIN
    EXECUTE 'SELECT string_agg(concat_ws('' '', from_state, ''->'', to_state, sort_key, event), '' '') FROM ' || call
        INTO answer;
    RAISE SQLSTATE 'UNDO1';
EXCEPTION
    WHEN SQLSTATE 'UNDO1' THEN RETURN answer;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
        RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' / ' || nullif(hint, ''), '');
END $$;

-- From every state to every state: the table, and the same said beforehand.
SELECT make_task(n, n * 10 + 1, 1) FROM generate_series(1, 6) AS n;
SELECT move_step(21, 'in_progress'), move_step(31, 'complete'), move_step(41, 'error'), move_step(51, 'cancelled'),
       move_step(61, 'resolved_manually');
SELECT state, target, tasker_can_transition_step(step, target) AS can,
       attempt(format('tasker_transition_step(%s, %L)', step, target))
FROM steps, states() WITH ORDINALITY AS known (target, place) ORDER BY step, place;
SELECT make_task(n, n * 10 + 1, 0) FROM generate_series(11, 16) AS n;
SELECT move_task(12, 'in_progress'), move_task(13, 'complete'), move_task(14, 'error'), move_task(15, 'cancelled'),
       move_task(16, 'resolved_manually');
SELECT state, target, tasker_can_transition_task(task, target) AS can,
       attempt(format('tasker_transition_task(%s, %L)', task, target))
FROM tasks, states() WITH ORDINALITY AS known (target, place) WHERE task > 10 ORDER BY task, place;

-- What the answer says, and the columns that follow.
SELECT make_task(20, 201, 7);
UPDATE tasker_workflow_steps SET in_process = true, backoff_request_seconds = 5, results = '{"kept": 1}' WHERE task_id = 20;
SELECT transition_id > 0 AS has_id, from_state, to_state, sort_key, event
FROM tasker_transition_step(201, 'in_progress', '{"by": "hand"}', 'pending');
SELECT metadata, from_state, created_at, updated_at FROM tasker_workflow_step_transitions WHERE workflow_step_id = 201;
SELECT * FROM steps WHERE step = 201;
SELECT event FROM tasker_transition_step(201, 'complete');
SELECT event FROM tasker_transition_step(202, 'in_progress');
SELECT event FROM tasker_transition_step(202, 'error', '{"error_message": "broken"}');
SELECT event FROM tasker_transition_step(203, 'error');
SELECT event FROM tasker_transition_step(203, 'pending');
SELECT event FROM tasker_transition_step(204, 'cancelled');
SELECT event FROM tasker_transition_step(205, 'resolved_manually');
SELECT * FROM steps WHERE step BETWEEN 201 AND 205;
-- The last one ends the task.
SELECT count(*) FROM tasker_transition_step(203, 'resolved_manually');
SELECT count(*) FROM tasker_transition_step(206, 'cancelled');
SELECT * FROM tasks WHERE task = 20;
SELECT count(*) FROM tasker_transition_step(207, 'cancelled');
SELECT * FROM tasks WHERE task = 20;
SELECT event FROM tasker_transition_step(202, 'resolved_manually');
SELECT * FROM tasks WHERE task = 20;

-- A step starts when its parents have finished, in an open task that is not paused.
SELECT make_task(21, 211, 4, '{{1,3},{2,3}}');
SELECT count(*) FROM tasker_transition_step(211, 'resolved_manually');
SELECT tasker_can_transition_step(213, 'in_progress'), attempt('tasker_transition_step(213, ''in_progress'')');
SELECT count(*) FROM tasker_transition_step(212, 'cancelled');
SELECT tasker_can_transition_step(213, 'in_progress'), attempt('tasker_transition_step(213, ''in_progress'')');
SELECT make_task(22, 221, 3, '{{1,2}}');
SELECT move_step(221, 'complete');
SELECT tasker_can_transition_step(222, 'in_progress');
SELECT tasker_pause_task(22);
SELECT tasker_can_transition_step(222, 'in_progress'), attempt('tasker_transition_step(222, ''in_progress'')');
SELECT tasker_can_transition_step(222, 'cancelled');
SELECT tasker_resume_task(22);
SELECT move_task(22, 'cancelled');
SELECT tasker_can_transition_step(222, 'in_progress'), attempt('tasker_transition_step(222, ''in_progress'')');
-- A parent in an unknown state has not finished: there is no answer.
SELECT make_task(23, 231, 2, '{{1,2}}');
SELECT move_step(231, 'failed');
SELECT attempt('tasker_transition_step(232, ''in_progress'')');

-- A task is complete when nothing of it is left to run.
SELECT make_task(24, 241, 2, '{{1,2}}');
SELECT event FROM tasker_transition_task(24, 'in_progress', '{"by": "hand"}', 'pending');
SELECT tasker_can_transition_task(24, 'complete'), attempt('tasker_transition_task(24, ''complete'')');
SELECT move_step(241, 'complete'), move_step(242, 'cancelled');
SELECT tasker_can_transition_task(24, 'complete');
SELECT from_state, to_state, sort_key, event FROM tasker_transition_task(24, 'complete');
SELECT * FROM tasks WHERE task = 24;
SELECT event FROM tasker_transition_task(24, 'cancelled');

-- Another session was faster.
SELECT attempt('tasker_transition_step(211, ''cancelled'', expected_state => ''pending'')');
SELECT attempt('tasker_transition_task(24, ''cancelled'', expected_state => ''complete'')');

-- A leased step is its worker's to end; it may be cancelled.
SELECT make_task(25, 251, 2);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 25);
SELECT attempt('tasker_transition_step(251, ''complete'')');
SELECT attempt('tasker_transition_step(251, ''error'')');
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT attempt('tasker_transition_step(251, ''error'')') AS ran_out_but_not_taken_back;
SELECT event FROM tasker_transition_step(251, 'cancelled');
SELECT ended_as FROM tasker_core_leases WHERE workflow_step_id = 251;

-- NULL, nonsense, and what does not exist.
SELECT call, attempt(call) FROM unnest(ARRAY[
    'tasker_transition_step(NULL, ''complete'')', 'tasker_transition_step(252, NULL)',
    'tasker_transition_step(252, ''complete'', NULL)', 'tasker_transition_step(252, ''failed'')',
    'tasker_transition_step(252, ''cancelled'', ''[]'')', 'tasker_transition_step(252, ''cancelled'', ''null'')',
    'tasker_transition_step(252, ''cancelled'', ''{}'', ''Pending'')', 'tasker_transition_step(4711, ''cancelled'')',
    'tasker_transition_task(NULL, ''complete'')', 'tasker_transition_task(25, NULL)',
    'tasker_transition_task(25, ''complete'', NULL)', 'tasker_transition_task(25, ''failed'')',
    'tasker_transition_task(25, ''cancelled'', ''1'')', 'tasker_transition_task(25, ''cancelled'', ''{}'', '''')',
    'tasker_transition_task(4711, ''cancelled'')']) AS call;
\set VERBOSITY sqlstate
SELECT tasker_can_transition_step(NULL, 'complete');
SELECT tasker_can_transition_step(252, NULL);
SELECT tasker_can_transition_step(252, 'failed');
SELECT tasker_can_transition_step(4711, 'complete');
SELECT tasker_can_transition_task(NULL, 'complete');
SELECT tasker_can_transition_task(25, NULL);
SELECT tasker_can_transition_task(25, 'failed');
SELECT tasker_can_transition_task(4711, 'complete');
\set VERBOSITY default

-- Histories. The state machine library of the engine leaves from_state out; it is filled in.
SELECT make_task(30, 301, 1);
SELECT move_step(301, 'in_progress', '2026-01-01 10:00:00'), move_step(301, 'error', '2026-01-01 10:00:02.5'),
       move_step(301, 'pending', '2026-01-01 11:00:00'), move_step(301, 'in_progress', '2026-01-02 11:00:00');
SELECT from_state, to_state FROM tasker_workflow_step_transitions WHERE workflow_step_id = 301 ORDER BY sort_key;
SELECT sort_key, from_state, to_state, event, entered_at, left_at, duration, is_current, metadata
FROM tasker_step_history(301);
SELECT move_task(30, 'in_progress', '2026-01-01 10:00:00'), move_task(30, 'pending', '2026-01-01 10:00:01');
SELECT sort_key, from_state, to_state, event, entered_at, left_at, duration, is_current, metadata
FROM tasker_task_history(30);
-- Rows from before the extension: the row before tells. A first row that says pending begins.
BEGIN;
ALTER TABLE tasker_workflow_step_transitions DISABLE TRIGGER USER;
SELECT make_task(31, 311, 1);
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, from_state, sort_key, most_recent, created_at, updated_at)
VALUES (311, 'pending', NULL, 0, false, '2026-01-01 09:00', '2026-01-01 09:00'),
       (311, 'in_progress', '', 3, false, '2026-01-01 09:01', '2026-01-01 09:01'),
       (311, 'skipped', NULL, 4, true, '2026-01-01 09:02', '2026-01-01 09:02');
SELECT count(*) > 0 AS triggers_restored FROM tasker_install();
SELECT from_state, to_state, event, duration, is_current FROM tasker_step_history(311);
ROLLBACK;
SELECT count(*) FROM tasker_step_history(4711);
SELECT count(*) FROM tasker_task_history(4711);
SELECT count(*) FROM tasker_step_history(NULL);
SELECT count(*) FROM tasker_task_history(NULL);

-- What other writers are told. Off, the default: nothing.
SELECT make_task(40, 401, 4);
SELECT move_step(401, 'complete');
SELECT from_state, to_state FROM tasker_step_history(401);
SET tasker_core.enforce_transitions = warn;
SELECT move_step(402, 'complete');
SELECT from_state, to_state FROM tasker_step_history(402);
SELECT move_task(40, 'complete');
SET tasker_core.enforce_transitions = enforce;
SELECT move_step(403, 'complete');
SELECT move_step(401, 'pending');
SELECT move_task(40, 'in_progress');
SELECT count(*) FROM tasker_step_history(403);
-- What is legal passes, also the first row of a history that says pending.
SELECT move_step(403, 'pending'), move_step(403, 'in_progress'), move_step(403, 'complete');
SELECT from_state, to_state FROM tasker_step_history(403);
-- The from_state that the writer gives is not used.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, from_state, sort_key, created_at, updated_at)
VALUES (404, 'complete', 'in_progress', 10, '2026-01-01', '2026-01-01');
-- The functions of the extension never make an illegal one.
SELECT make_task(41, 411, 1);
SELECT move_step(411, 'error');
SELECT count(*) FROM tasker_cancel_step(411);
SELECT from_state, to_state FROM tasker_step_history(411);
SELECT from_state, to_state FROM tasker_task_history(41);
RESET tasker_core.enforce_transitions;

-- Who may: reading is enough to ask, a table of transitions for its history.
CREATE ROLE transitions_reader;
CREATE ROLE transitions_stranger;
GRANT USAGE ON SCHEMA transitions TO transitions_reader, transitions_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA transitions TO transitions_reader;
GRANT SELECT ON tasker_task_transitions TO transitions_stranger;
SET ROLE transitions_reader;
SELECT tasker_can_transition_step(252, 'cancelled'), tasker_can_transition_task(25, 'cancelled');
SELECT count(*) FROM tasker_step_history(301);
SELECT attempt('tasker_transition_step(252, ''cancelled'')'), attempt('tasker_transition_task(25, ''cancelled'')');
SET ROLE transitions_stranger;
SELECT count(*) FROM tasker_task_history(30);
SELECT count(*) FROM tasker_step_history(301);
SELECT tasker_can_transition_step(252, 'cancelled');
SELECT tasker_can_transition_task(25, 'cancelled');
SELECT attempt('tasker_transition_step(252, ''cancelled'')'), attempt('tasker_transition_task(25, ''cancelled'')');
RESET ROLE;
-- Row-level security: what is hidden does not exist.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_tasks ON tasker_tasks TO transitions_reader USING (task_id = 25);
ALTER TABLE tasker_task_transitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_transitions ON tasker_task_transitions TO transitions_reader USING (task_id = 24);
SET ROLE transitions_reader;
SELECT tasker_can_transition_task(25, 'error');
SELECT tasker_can_transition_task(24, 'error');
SELECT tasker_can_transition_step(252, 'cancelled');
SELECT tasker_can_transition_step(301, 'cancelled');
SELECT count(*) FROM tasker_task_history(24);
SELECT count(*) FROM tasker_task_history(30);
RESET ROLE;

DROP OWNED BY transitions_reader, transitions_stranger;
DROP ROLE transitions_reader, transitions_stranger;
DROP SCHEMA transitions CASCADE;
