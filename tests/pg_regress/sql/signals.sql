-- Steps that wait for a signal or a time, and for no worker.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA signals;
SET search_path = signals, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT setval('tasker_dependent_systems_dependent_system_id_seq', 100), setval('tasker_named_steps_named_step_id_seq', 1000),
    setval('tasker_workflow_steps_workflow_step_id_seq', 10000),
    setval('tasker_named_tasks_named_task_id_seq', 100), setval('tasker_task_namespaces_task_namespace_id_seq', 100), setval('tasker_tasks_task_id_seq', 1000);
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE FUNCTION id_of(task bigint, step text) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step $$;
CREATE FUNCTION run(task bigint, step text, results jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE id bigint := id_of(task, step);
BEGIN
    PERFORM tasker_transition_step(id, 'in_progress');
    PERFORM tasker_complete_step(id, results);
    RETURN (SELECT execution_status FROM tasker_task_context(task));
END $$;
CREATE VIEW shown AS
SELECT step.task_id, name.name, readiness.current_state AS state, readiness.blocking_reason AS reason,
    readiness.next_eligible_at AS until, step.attempts, step.results
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id),
    LATERAL tasker_step_readiness(step.task_id, ARRAY[step.workflow_step_id]) AS readiness
ORDER BY step.workflow_step_id;

-- A task waits for an approval. It is neither stuck nor over.
SELECT make_task(1, 1, 2, '{{1,2}}');
SELECT count(*) FROM tasker_add_steps(1, '[
    {"name": "approval", "depends_on": "step_1", "before": "step_2", "wait": {"signal": "approved"}}]');
SELECT run(1, 'step_1');
SELECT name, state, reason, until FROM shown WHERE task_id = 1;
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SELECT execution_status, recommended_action, health_status FROM tasker_task_context(1);
SELECT action, reason FROM tasker_plan_task(1);
SELECT count(*) FROM tasker_stuck_tasks();
SELECT document ->> 'summary' AS summary FROM tasker_explain_step(id_of(1, 'approval')) AS document;
SELECT document ->> 'summary' AS summary, document ->> 'hint' AS hint FROM tasker_explain_task(1) AS document;
SELECT step_name, condition FROM (VALUES ('waiting'), ('ready'), ('blocked')) AS conditions (condition),
    LATERAL tasker_find_steps(condition, 1) AS found;
-- No worker can start it.
\set SHOW_CONTEXT never
SELECT tasker_transition_step(id_of(1, 'approval'), 'in_progress');
SELECT is_new, cardinality(completed_step_ids) AS completed FROM tasker_signal(1, 'rejected', '{"by": "absent"}');
SELECT is_new, completed_step_ids = ARRAY[id_of(1, 'approval')] AS completed FROM tasker_signal(1, 'approved', '{"by": "Ann", "limit": 12.50}');
SELECT is_new, completed_step_ids FROM tasker_signal(1, 'approved', '{"by": "Bob"}');
SELECT name, state, reason, attempts, results - 'sent_by' AS results, results ->> 'sent_by' = session_user AS by_me FROM shown WHERE task_id = 1;
SELECT to_state, from_state, metadata FROM tasker_step_history(id_of(1, 'approval'));
SELECT run(1, 'step_2');
SELECT state FROM tasker_core_tasks WHERE task_id = 1;
-- A task that is over takes no signal; who repeats one, not knowing whether it came, is told so.
SELECT is_new, completed_step_ids FROM tasker_signal(1, 'approved');
SELECT tasker_signal(1, 'late');
SELECT tasker_signal(99, 'approved');
SELECT tasker_signal(NULL, 'approved');
SELECT tasker_signal(2, NULL);
SELECT tasker_signal(2, '');

-- The signal may come before the step waits, or is there. The last step ends the task.
SELECT make_task(2, 11, 1);
SELECT is_new, completed_step_ids FROM tasker_signal(2, 'early');
SELECT count(*) FROM tasker_add_steps(2, '[{"name": "late", "depends_on": "step_1", "wait": {"signal": "early"}}, {"name": "alone", "wait": {"signal": "early"}}]');
SELECT name, state, reason FROM shown WHERE task_id = 2;
SELECT run(2, 'step_1');
SELECT name, state, reason, results -> 'payload' AS payload FROM shown WHERE task_id = 2;
SELECT state FROM tasker_core_tasks WHERE task_id = 2;

-- For an hour at most.
SELECT make_task(3, 21, 1), make_task(4, 31, 1);
SELECT count(*) FROM generate_series(3, 4) AS task, tasker_add_steps(task, '[
    {"name": "approval", "depends_on": "step_1", "wait": {"signal": "approved", "seconds": 3600}},
    {"name": "granted", "depends_on": "approval", "when": {"approval": "!exists($.timed_out)"}},
    {"name": "denied", "depends_on": "approval", "when": {"approval": "$.timed_out"}}]');
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';
SELECT run(3, 'step_1'), run(4, 'step_1');
SELECT name, state, reason, until FROM shown WHERE task_id = 3;
SELECT step_name, runs_at FROM tasker_next_steps(10) WHERE step_name = 'approval';
-- The doctor misses the timers, the rebuild asks for a decision, and the decision for a timer.
SELECT FROM tasker_maintain();
DELETE FROM tasker_core_timers;
SELECT severity, check_name, detail FROM tasker_doctor();
SELECT fix FROM tasker_doctor() LIMIT 1 \gexec
SELECT hinted, decided FROM tasker_maintain();
SELECT count(*) FROM tasker_core_timers;
SELECT severity, check_name, detail FROM tasker_doctor();
SET tasker_core.fake_now = '2026-01-01 13:09:59+00';
SELECT FROM tasker_maintain();
SELECT name, state, reason, until FROM shown WHERE task_id = 3;
SELECT is_new, cardinality(completed_step_ids) AS completed FROM tasker_signal(4, 'approved', 'true');
SET tasker_core.fake_now = '2026-01-01 13:10:00+00';
SELECT FROM tasker_maintain();
SELECT task_id, name, state, reason, results - 'sent_by' AS results FROM shown WHERE task_id IN (3, 4);

-- A pause of so long, and until then; a claim notices that they are over.
SELECT make_task(5, 41, 1);
SELECT count(*) FROM tasker_add_steps(5, '[
    {"name": "rest", "depends_on": "step_1", "wait": {"seconds": 60}},
    {"name": "night", "depends_on": "rest", "wait": {"until": "2026-01-01T18:00:00+01:00"}},
    {"name": "past", "depends_on": "rest", "wait": {"until": "2026-01-01T00:00:00Z"}}]');
SELECT run(5, 'step_1');
SELECT name, state, reason, until FROM shown WHERE task_id = 5;
SET tasker_core.fake_now = '2026-01-01 13:11:00+00';
SELECT count(*) FROM tasker_claim_steps('worker', 0);
SELECT name, state, reason, until, results FROM shown WHERE task_id = 5;
-- While the task is paused nothing of it ends; afterwards it does.
SELECT FROM tasker_pause_task(5);
SET tasker_core.fake_now = '2026-01-01 17:00:01+00';
SELECT FROM tasker_maintain();
SELECT name, state, reason FROM shown WHERE task_id = 5 AND name = 'night';
SELECT FROM tasker_resume_task(5);
SELECT FROM tasker_maintain();
SELECT name, state, reason FROM shown WHERE task_id = 5 AND name = 'night';
SELECT state FROM tasker_core_tasks WHERE task_id = 5;

-- A cancelled step waits no longer, nor does one that a person has settled.
SELECT make_task(6, 51, 1);
SELECT count(*) FROM tasker_add_steps(6, '[{"name": "a", "wait": {"signal": "go"}}, {"name": "b", "wait": {"signal": "go"}}, {"name": "c", "wait": {"signal": "go"}}]');
SELECT state FROM tasker_cancel_step(id_of(6, 'a'));
SELECT state FROM tasker_resolve_step(id_of(6, 'b'), '{"by": "hand"}');
SELECT is_new, completed_step_ids = ARRAY[id_of(6, 'c')] AS completed FROM tasker_signal(6, 'go');
SELECT name, state, reason FROM shown WHERE task_id = 6;

-- From a template, from the first step on.
SELECT named_task_id IS NOT NULL AS registered FROM tasker_register_task('{"name": "gate", "step_templates": [
    {"name": "open", "wait": {"signal": "open", "seconds": 60}},
    {"name": "enter", "depends_on_step": "open", "when": {"open": "$.signal == \"open\" && !exists($.timed_out)"}},
    {"name": "leave", "depends_on_step": "enter", "join": {"rule": "all", "over": ["complete"]}}]}');
SELECT task_id AS gate FROM tasker_create_task('gate', '{}') \gset
SELECT name, state, reason, until FROM shown WHERE task_id = :gate;
SELECT is_new, cardinality(completed_step_ids) AS completed FROM tasker_signal(:gate, 'open');
SELECT name, state, reason FROM shown WHERE task_id = :gate;
SELECT task_id AS gate FROM tasker_create_task('gate', '{}', options => '{"start_at": "2026-01-01T20:00:00Z"}') \gset
SELECT name, state, reason, until FROM shown WHERE task_id = :gate;
SET tasker_core.fake_now = '2026-01-01 20:00:01+00';
SELECT FROM tasker_maintain();
SELECT name, state, reason, until FROM shown WHERE task_id = :gate;
SET tasker_core.fake_now = '2026-01-01 20:01:01+00';
SELECT FROM tasker_maintain();
SELECT name, state, reason FROM shown WHERE task_id = :gate;
SELECT state FROM tasker_core_tasks WHERE task_id = :gate;
SELECT path, problem FROM tasker_validate_template('{"name": "bad", "step_templates": [
    {"name": "a", "wait": {"signal": 1}, "join": "any"},
    {"name": "b", "depends_on_step": "a", "when": {"a": "$.x >", "c": "true"}, "subtask": {"task_name": ""}}]}') AS problems (path, problem);

-- Rights: those that it takes to change the task.
CREATE ROLE regress_signals;
GRANT USAGE ON SCHEMA signals TO regress_signals;
GRANT SELECT ON ALL TABLES IN SCHEMA signals TO regress_signals;
SELECT make_task(7, 61, 1);
SELECT count(*) FROM tasker_add_steps(7, '[{"name": "a", "wait": {"signal": "go"}}]');
SET ROLE regress_signals;
SELECT tasker_signal(7, 'go');
RESET ROLE;
GRANT UPDATE ON tasker_tasks, tasker_task_transitions TO regress_signals;
SET ROLE regress_signals;
SELECT is_new, cardinality(completed_step_ids) AS completed FROM tasker_signal(7, 'go');
RESET ROLE;
DROP OWNED BY regress_signals;
DROP ROLE regress_signals;
-- Signals go with their tasks.
SELECT count(*) FROM tasker_core_signals;
INSERT INTO tasker_core_signals (task_id, name, sent_at, sent_by) VALUES (99, 'lost', '2026-01-01', 'absent');
SELECT object, action, detail FROM tasker_rebuild() WHERE action <> 'unchanged';
SELECT count(*) FROM tasker_core_signals;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';

DROP VIEW shown;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA signals CASCADE;
