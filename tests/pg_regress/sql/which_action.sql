-- Which action fits a step in which state: docs/operating.md has the same table. Each refusal has a hint that names the action that fits.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA which_action;
SET search_path = which_action, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE TABLE cases (place integer, step bigint, state text);
INSERT INTO cases VALUES
    (1, 11, 'pending'), (2, 21, 'pending, waits for a time'), (3, 31, 'pending, no attempts left'),
    (4, 41, 'error, attempts left'), (5, 51, 'error, no attempts left'), (6, 61, 'in_progress'), (7, 71, 'complete'),
    (8, 81, 'resolved_manually'), (9, 91, 'cancelled'), (10, 101, 'error, in a cancelled task'), (11, 111, 'pending, skippable');
SELECT count(*) FROM (SELECT make_task(place, step, 2) FROM cases) AS made;
UPDATE tasker_workflow_steps SET last_attempted_at = '2026-01-01 11:59:59', backoff_request_seconds = 3600 WHERE workflow_step_id = 21;
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id IN (31, 51);
UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id IN (41, 101);
UPDATE tasker_workflow_steps SET skippable = true WHERE workflow_step_id = 111;
SELECT count(*) FROM (SELECT move_step(step, 'in_progress'), move_step(step, 'error') FROM cases WHERE state LIKE 'error%') AS moved;
SELECT workflow_step_id, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 6) \gset
SELECT move_step(71, 'complete'), move_step(81, 'resolved_manually'), move_step(91, 'cancelled'), move_task(10, 'cancelled');

-- What comes of an action, which is undone.
CREATE FUNCTION tried(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE 'SELECT FROM ' || call;
    RAISE SQLSTATE 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    RETURN 'yes';
WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN format(E'%s %s\n  -> %s', SQLSTATE, SQLERRM, hint);
END
$$;
CREATE TABLE answers AS
SELECT place, step, state, action, tried(format(call, step)) AS answer
FROM cases, (VALUES
    (1, 'retry', 'tasker_retry_step(%s)'), (2, 'reset', 'tasker_reset_step(%s)'), (3, 'resolve', 'tasker_resolve_step(%s)'),
    (4, 'skip', 'tasker_skip_step(%s)'), (5, 'skip with force', 'tasker_skip_step(%s, force => true)'),
    (6, 'cancel', 'tasker_cancel_step(%s)'), (7, 'release', 'tasker_release_step(%s, ''' || :'token' || ''')')
) AS actions (column_place, action, call);
\pset format unaligned
\pset tuples_only on
SELECT format(E'%s\n%s', state, string_agg(format('  %s: %s', action, answer), E'\n' ORDER BY action)) FROM answers GROUP BY place, state ORDER BY place;
\pset format aligned
\pset tuples_only off
-- No refusal is without a hint.
SELECT state, action, answer FROM answers WHERE answer LIKE '%-> ' ORDER BY place, action;
-- A task is cancelled once.
SELECT * FROM tasker_cancel_task(10);

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA which_action CASCADE;
