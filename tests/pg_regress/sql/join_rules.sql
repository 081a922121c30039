-- Steps that join their parents in other ways than the engine's, and only on a condition.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA join_rules;
SET search_path = join_rules, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT setval('tasker_dependent_systems_dependent_system_id_seq', 100), setval('tasker_named_steps_named_step_id_seq', 1000),
    setval('tasker_workflow_steps_workflow_step_id_seq', 10000);
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE FUNCTION id_of(task bigint, step text) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step $$;
-- Runs a step to its end, and says what the task is up to.
CREATE FUNCTION run(task bigint, step text, results jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE id bigint := id_of(task, step);
BEGIN
    PERFORM tasker_transition_step(id, 'in_progress');
    IF results ? 'error' THEN
        PERFORM tasker_fail_step(id, results, retryable => false);
    ELSE
        PERFORM tasker_complete_step(id, results);
    END IF;
    RETURN (SELECT execution_status FROM tasker_task_context(task));
END $$;
CREATE VIEW shown AS
SELECT step.task_id, name.name, readiness.current_state AS state, readiness.blocking_reason AS reason,
    transition.metadata ->> 'triggered_by' AS by, transition.metadata ->> 'reason' AS because
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id)
LEFT JOIN tasker_workflow_step_transitions AS transition ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent,
    LATERAL tasker_step_readiness(step.task_id, ARRAY[step.workflow_step_id]) AS readiness
ORDER BY step.workflow_step_id;

-- A step decides; the branch that its results choose runs, the other one is left out, and both join again.
SELECT make_task(1, 1, 2, '{{1,2}}');
SELECT step_name FROM tasker_add_steps(1, '[
    {"name": "big", "depends_on": "step_1", "when": {"step_1": "$.total > 100"}},
    {"name": "approve", "depends_on": "big", "join": {"rule": "all", "over": ["complete"]}},
    {"name": "small", "depends_on": "step_1", "when": {"step_1": "$.total <= 100"}},
    {"name": "ship", "depends_on": ["approve", "small"], "before": "step_2", "join": "none_failed"}]');
SELECT name, state, reason FROM shown WHERE task_id = 1;
SELECT run(1, 'step_1', '{"total": 20}');
SELECT name, state, reason, by, because FROM shown WHERE task_id = 1;
SELECT run(1, 'small');
SELECT run(1, 'ship');
SELECT run(1, 'step_2');
SELECT state FROM tasker_core_tasks WHERE task_id = 1;
-- What the results do not say, or not as a truth value, does not hold.
SELECT make_task(2, 11, 1);
SELECT count(*) FROM tasker_add_steps(2, '[
    {"name": "absent", "depends_on": "step_1", "when": {"step_1": "$.nothing == 1"}},
    {"name": "null", "depends_on": "step_1", "when": {"step_1": "$.none"}},
    {"name": "number", "depends_on": "step_1", "when": {"step_1": "$.one"}},
    {"name": "true", "depends_on": "step_1", "when": {"step_1": "$.yes"}},
    {"name": "both", "depends_on": ["step_1", "true"], "when": {"step_1": "$.yes", "true": "exists($.x)"}}]');
SELECT run(2, 'step_1', '{"one": 1, "yes": true, "none": null}');
SELECT run(2, 'true', '{"y": 1}');
SELECT name, state, by, because FROM shown WHERE task_id = 2;
SELECT state FROM tasker_core_tasks WHERE task_id = 2;

-- Two of three are enough. The third one fails; the task has failed then, but what joins has run.
SELECT make_task(3, 21, 3);
SELECT count(*) FROM tasker_add_steps(3, '[{"name": "two", "depends_on": ["step_1", "step_2", "step_3"], "join": 2}]');
SELECT run(3, 'step_1');
SELECT run(3, 'two');
SELECT run(3, 'step_2', '{"error": "broken"}');
SELECT name, state, reason FROM shown WHERE task_id = 3;
SELECT run(3, 'step_3');
SELECT run(3, 'two');
SELECT state FROM tasker_core_tasks WHERE task_id = 3;
-- Two of three cannot do it any more.
SELECT make_task(4, 31, 3);
SELECT count(*) FROM tasker_add_steps(4, '[{"name": "two", "depends_on": ["step_1", "step_2", "step_3"], "join": 2}, {"name": "end", "depends_on": "two"}]');
SELECT run(4, 'step_1', '{"error": "broken"}');
SELECT name, cancelled.state FROM tasker_cancel_step(id_of(4, 'step_2')) AS cancelled JOIN tasker_workflow_steps USING (workflow_step_id) JOIN tasker_named_steps USING (named_step_id);
SELECT name, state, reason, by, because FROM shown WHERE task_id = 4;

-- A compensation runs when something has failed, before the task ends; otherwise it is left out.
SELECT make_task(5, 41, 1), make_task(6, 51, 1);
SELECT count(*) FROM generate_series(5, 6) AS task, tasker_add_steps(task, '[
    {"name": "pay", "depends_on": "step_1"},
    {"name": "undo", "depends_on": ["step_1", "pay"], "join": {"rule": "any", "over": ["failed"]}},
    {"name": "tell", "depends_on": "undo", "join": {"rule": "all", "over": ["complete"]}}]');
SELECT run(5, 'step_1');
SELECT run(5, 'pay', '{"error": "no money"}');
SELECT state FROM tasker_core_tasks WHERE task_id = 5;
SELECT run(5, 'undo');
SELECT run(5, 'tell');
SELECT state FROM tasker_core_tasks WHERE task_id = 5;
SELECT run(6, 'step_1');
SELECT run(6, 'pay');
SELECT name, state, by FROM shown WHERE task_id = 6;
SELECT state FROM tasker_core_tasks WHERE task_id = 6;
-- A failure that will be tried again is none yet.
SELECT make_task(10, 91, 1);
SELECT count(*) FROM tasker_add_steps(10, '[{"name": "undo", "depends_on": "step_1", "join": {"rule": "any", "over": ["failed"]}}]');
SELECT state FROM tasker_transition_step(91, 'in_progress'), tasker_fail_step(91, '"no"');
SELECT name, state, reason FROM shown WHERE task_id = 10;
SELECT state FROM tasker_retry_step(91);
SELECT run(10, 'step_1', '{"error": "broken"}');
SELECT name, state, reason FROM shown WHERE task_id = 10;

-- A hundred at once; ninety are enough.
SELECT make_task(11, 92, 2, '{{1,2}}');
SELECT run(11, 'step_1');
SELECT count(*) FROM tasker_add_steps(11, (
    SELECT jsonb_agg(jsonb_build_object('name', 'part_' || number, 'depends_on', 'step_1', 'before', 'enough')) ||
        '[{"name": "enough", "join": 90, "before": "step_2"}]'
    FROM generate_series(1, 100) AS number));
SELECT run(11, 'part_' || number) FROM generate_series(1, 89) AS number OFFSET 88;
SELECT name, state, reason FROM shown WHERE task_id = 11 AND name = 'enough';
SELECT run(11, 'part_90');
SELECT name, state, reason FROM shown WHERE task_id = 11 AND name = 'enough';

-- Many ended by one call: what the rules of their children make of it stands with each of them.
SELECT make_task(12, 201, 3);
SELECT count(*) FROM tasker_add_steps(12, '[
    {"name": "any", "depends_on": ["step_1", "step_2"], "join": "any"},
    {"name": "both", "depends_on": ["step_1", "step_2"], "when": {"step_1": "$.ok", "step_2": "$.ok"}},
    {"name": "after_both", "depends_on": "both", "join": {"rule": "all", "over": ["skipped"]}},
    {"name": "two", "depends_on": ["step_1", "step_2", "step_3"], "join": 2}]');
SELECT count(*) FROM tasker_claim_steps('worker', 10, task_id => 12);
SELECT name, ended.state, ended.task_state, ARRAY(
    SELECT child.name FROM unnest(ended.ready_step_ids) AS child_step (id) JOIN tasker_workflow_steps ON workflow_step_id = id
    JOIN tasker_named_steps AS child USING (named_step_id) ORDER BY id) AS ready, ended.refusal
FROM tasker_complete_steps(
    ARRAY[201, 202, 203],
    (SELECT array_agg(lease.claim_token ORDER BY lease.workflow_step_id) FROM tasker_core_leases AS lease WHERE lease.task_id = 12),
    ARRAY['{"ok": true}', '{"ok": false}', '{}']::jsonb[]) AS ended
JOIN tasker_workflow_steps USING (workflow_step_id) JOIN tasker_named_steps USING (named_step_id);
SELECT name, state, reason, by, because FROM shown WHERE task_id = 12;
SELECT FROM tasker_cancel_task(12);

-- The engine's own statements have moved the step: the next call that looks evaluates the rule.
SELECT make_task(7, 61, 2);
SELECT count(*) FROM tasker_add_steps(7, '[
    {"name": "undo", "depends_on": ["step_1"], "join": {"rule": "any", "over": ["failed"]}},
    {"name": "any", "depends_on": ["step_1", "step_2"], "join": "any"}]');
SELECT move_step(61, 'in_progress'), move_step(61, 'complete');
SELECT name, state, reason FROM shown WHERE task_id = 7;
SELECT FROM tasker_maintain();
SELECT name, state, reason FROM shown WHERE task_id = 7;
SELECT step_name FROM tasker_claim_steps('worker', 10, step_names => ARRAY['undo', 'any']);

-- Skipped, resolved and cancelled parents are told apart.
SELECT make_task(8, 71, 4);
SELECT count(*) FROM tasker_add_steps(8, '[
    {"name": "on_skip", "depends_on": ["step_1", "step_2", "step_3"], "join": {"rule": "any", "over": ["skipped"]}},
    {"name": "on_resolve", "depends_on": ["step_1", "step_2", "step_3"], "join": {"rule": "any", "over": ["resolved"]}},
    {"name": "on_complete", "depends_on": ["step_1", "step_2", "step_3"], "join": {"rule": "any", "over": ["complete"]}},
    {"name": "no_failure", "depends_on": ["step_1", "step_2", "step_3"], "join": "none_failed"}]');
SELECT state FROM tasker_skip_step(71, force => true);
SELECT name, state, reason FROM shown WHERE task_id = 8 AND name !~ 'step_';
SELECT state FROM tasker_resolve_step(72);
SELECT state FROM tasker_cancel_step(73);
SELECT name, state, reason FROM shown WHERE task_id = 8 AND name !~ 'step_';

-- In words, and in what the engine asks.
SELECT document ->> 'summary' AS summary, document -> 'rule' AS rule FROM tasker_explain_step(id_of(3, 'two')) AS document;
SELECT make_task(9, 81, 2);
SELECT count(*) FROM tasker_add_steps(9, '[{"name": "any", "depends_on": ["step_1", "step_2"], "join": "any"}]');
SELECT document ->> 'summary' AS summary, document -> 'rule' AS rule FROM tasker_explain_step(id_of(9, 'any')) AS document;
SELECT run(9, 'step_2');
SELECT ready_for_execution, dependencies_satisfied, completed_parents, total_parents
FROM tasker_rails_get_step_readiness_status(9, ARRAY[id_of(9, 'any')]);
SELECT tasker_can_transition_step(id_of(9, 'any'), 'in_progress') AS may_start;

-- What is wrong is said at once.
\set SHOW_CONTEXT never
SELECT tasker_add_steps(9, '[
    {"name": "a", "depends_on": "step_1", "join": "some", "when": {"step_2": "$.x", "step_1": "$.x >"}},
    {"name": "b", "depends_on": "step_1", "join": 2, "jion": 1},
    {"name": "c", "wait": {"signal": "x", "until": "2026-01-01T00:00:00Z"}},
    {"name": "d", "join": "any"}]');
SELECT tasker_add_steps(9, '[{"name": "a", "depends_on": "step_1", "when": {"step_1": "$.x ==="}}]');

-- Rules are kept by a rebuild; those of steps that are gone go.
SELECT count(*) FROM tasker_core_rules;
DELETE FROM tasker_workflow_step_edges WHERE to_step_id = id_of(9, 'any');
DELETE FROM tasker_workflow_steps WHERE workflow_step_id = id_of(9, 'any');
SELECT count(*) FROM tasker_core_rules;
UPDATE tasker_core_steps SET has_rule = false WHERE task_id = 7;
INSERT INTO tasker_core_rules (workflow_step_id, task_id, rule) VALUES (99, 99, '{}');
SELECT object, action, detail FROM tasker_rebuild() WHERE action <> 'unchanged';
SELECT count(*) FROM tasker_core_rules;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';

DROP VIEW shown;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
SELECT to_regclass('tasker_core_rules');
DROP SCHEMA join_rules CASCADE;
