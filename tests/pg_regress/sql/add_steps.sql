-- Steps that are added to a task that runs: a fan-out with a join, batches with a cursor, a branch that is chosen.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA add_steps;
SET search_path = add_steps, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT setval('tasker_dependent_systems_dependent_system_id_seq', 100), setval('tasker_named_steps_named_step_id_seq', 1000),
    setval('tasker_workflow_steps_workflow_step_id_seq', 10000);
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
-- A worker's way through a step: claim, add, complete, in one go.
CREATE FUNCTION work(step text, steps jsonb DEFAULT NULL) RETURNS TABLE (added text, task_state text) LANGUAGE plpgsql AS $$
DECLARE claimed record;
BEGIN
    SELECT * INTO STRICT claimed FROM tasker_claim_steps('worker', 1, step_names => ARRAY[step]);
    SELECT string_agg(step_name || CASE WHEN created THEN '' ELSE ' (there)' END, ', ') INTO added
    FROM tasker_add_steps(claimed.task_id, coalesce(steps, '[]'));
    SELECT done.task_state INTO task_state FROM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token) AS done;
    RETURN NEXT;
END $$;
CREATE VIEW graph AS
SELECT step.task_id, name.name, readiness.current_state, readiness.ready_for_execution AS ready,
    (SELECT string_agg(parent_name.name, ', ' ORDER BY parent_name.name)
     FROM tasker_workflow_step_edges AS edge
     JOIN tasker_workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
     JOIN tasker_named_steps AS parent_name ON parent_name.named_step_id = parent.named_step_id
     WHERE edge.to_step_id = step.workflow_step_id) AS after
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id),
    LATERAL tasker_step_readiness(step.task_id, ARRAY[step.workflow_step_id]) AS readiness
ORDER BY step.workflow_step_id;

-- One step for each element of a list, and a join that waits for all of them.
SELECT make_task(1, 1, 3, '{{1,2},{2,3}}');
UPDATE tasker_tasks SET context = '{"order": 7}' WHERE task_id = 1;
SELECT added, task_state FROM work('step_1', (
    SELECT jsonb_agg(jsonb_build_object('name', 'item_' || place, 'depends_on', 'step_1', 'before', 'step_2', 'inputs', item))
    FROM jsonb_array_elements('[{"sku": "a"}, {"sku": "b"}, null]') WITH ORDINALITY AS items (item, place)));
SELECT name, current_state, ready, after FROM graph;
SELECT name, inputs, results, attempts, retryable, retry_limit, skippable, in_process, processed
FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id) WHERE name LIKE 'item%' ORDER BY name;
SELECT system.name, tasker_named_steps.description FROM tasker_named_steps JOIN tasker_dependent_systems AS system USING (dependent_system_id)
WHERE tasker_named_steps.name = 'item_1';
SELECT task_state FROM work('item_1');
SELECT task_state FROM work('item_2');
SELECT ready_step FROM tasker_ready_steps(1) AS ready (ready_step);
SELECT task_state FROM work('item_3');
SELECT ready_step FROM tasker_ready_steps(1) AS ready (ready_step);

-- A batch that brings the next one, as long as there is something to do; the last step waits for all of them.
SELECT make_task(2, 11, 2, '{{1,2}}');
SELECT added FROM work('step_1', '[{"name": "batch_1", "depends_on": "step_1", "before": "step_2", "inputs": {"after": 0}}]');
SELECT added FROM work('batch_1', '[{"name": "batch_2", "depends_on": "batch_1", "before": "step_2", "inputs": {"after": 100}}]');
SELECT task_state FROM work('batch_2');
SELECT name, current_state, ready, after FROM graph WHERE task_id = 2;

-- A step that chooses: of several branches, only the one that is taken exists.
SELECT make_task(3, 21, 2, '{{1,2}}');
SELECT added FROM work('step_1', '[
    {"name": "review", "depends_on": "step_1", "dependent_system": "shop", "retry_limit": 1, "skippable": true},
    {"name": "approve", "depends_on": ["review"], "before": ["step_2"], "description": "by a person"}]');
SELECT name, current_state, ready, after FROM graph WHERE task_id = 3;
-- The worker has crashed, and does it again: nothing is there twice.
SELECT step_name, created FROM tasker_add_steps(3, '[{"name": "review", "depends_on": "step_1"}, {"name": "approve"}, {"name": "notify"}]');
SELECT count(*) FROM tasker_workflow_steps WHERE task_id = 3;
-- A name that another task has used already is stored once.
SELECT count(*) AS names, count(DISTINCT named_step_id) AS of_item_1 FROM tasker_named_steps WHERE name = 'item_1';
SELECT step_name, created FROM tasker_add_steps(3, '[{"name": "item_1"}, {"name": "item_1x", "dependent_system": "shop"}]');
SELECT count(*) FROM tasker_named_steps WHERE name = 'item_1';

-- What is wrong is said at once, and nothing is added.
\set SHOW_CONTEXT never
SELECT tasker_add_steps(3, '[{"name": "a", "depends_on": "rewiev", "before": "step_1"}, {"name": "b", "retry_limt": 1}]');
SELECT tasker_add_steps(3, '[{"name": "a", "depends_on": "step_2", "before": "approve"}]');
SELECT tasker_add_steps(3, '{"name": "a"}');
SELECT tasker_add_steps(NULL, '[]');
SELECT tasker_add_steps(99, '[]');
SELECT count(*) FROM tasker_add_steps(3, '[]');
SELECT count(*) FROM tasker_add_steps(3, NULL);
SELECT count(*) FROM tasker_workflow_steps WHERE task_id = 3;
-- A task that is over gets nothing more.
SELECT state FROM tasker_cancel_task(3) LIMIT 1;
SELECT tasker_add_steps(3, '[{"name": "late"}]');
-- Ten thousand at once.
SELECT make_task(4, 31, 2, '{{1,2}}');
SELECT count(*), count(*) FILTER (WHERE created) AS created FROM tasker_add_steps(4, (
    SELECT jsonb_agg(jsonb_build_object('name', 'row_' || number, 'depends_on', 'step_1', 'before', 'step_2'))
    FROM generate_series(1, 10000) AS number));
SELECT count(*) FROM tasker_workflow_step_edges WHERE to_step_id = 32;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';

-- Rights: those of the tables that are written.
CREATE ROLE regress_add_steps;
GRANT USAGE ON SCHEMA add_steps TO regress_add_steps;
GRANT SELECT ON ALL TABLES IN SCHEMA add_steps TO regress_add_steps;
SET ROLE regress_add_steps;
SELECT tasker_add_steps(4, '[{"name": "x"}]');
RESET ROLE;
GRANT UPDATE ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_transitions TO regress_add_steps;
GRANT INSERT ON tasker_workflow_steps, tasker_workflow_step_edges, tasker_named_steps, tasker_dependent_systems TO regress_add_steps;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA add_steps TO regress_add_steps;
SET ROLE regress_add_steps;
SELECT step_name, created FROM tasker_add_steps(4, '[{"name": "x", "depends_on": "step_1"}]');
RESET ROLE;
DROP OWNED BY regress_add_steps;
DROP ROLE regress_add_steps;

DROP VIEW graph;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA add_steps CASCADE;
