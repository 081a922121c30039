-- Steps that are done when another task is.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA subtasks;
SET search_path = subtasks, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE FUNCTION id_of(task bigint, step text) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step $$;
CREATE FUNCTION run(task bigint, step text, results jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE id bigint := id_of(task, step);
BEGIN
    PERFORM tasker_transition_step(id, 'in_progress');
    IF results ? 'error' THEN
        PERFORM tasker_fail_step(id, results, retryable => false);
    ELSE
        PERFORM tasker_complete_step(id, results);
    END IF;
    RETURN (SELECT state FROM tasker_core_tasks WHERE task_id = task);
END $$;
CREATE VIEW shown AS
SELECT step.task_id, name.name, readiness.current_state AS state, readiness.blocking_reason AS reason, step.results
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id),
    LATERAL tasker_step_readiness(step.task_id, ARRAY[step.workflow_step_id]) AS readiness
ORDER BY step.workflow_step_id;
SELECT created FROM tasker_register_task('{"name": "child", "step_templates": [
    {"name": "work"}, {"name": "left", "depends_on_step": "work"}, {"name": "right", "depends_on_step": "work"}]}');
SELECT created FROM tasker_register_task('{"name": "parent", "step_templates": [
    {"name": "begin"},
    {"name": "part", "depends_on_step": "begin", "subtask": {"task_name": "child", "context": {"part": 1}, "options": {"priority": 5}}},
    {"name": "end", "depends_on_step": "part"}]}');

-- The child is created when its turn has come, once, and its end is the step's.
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT count(*) FROM tasker_tasks;
SELECT run(:parent, 'begin');
SELECT name, state, reason FROM shown WHERE task_id = :parent;
SELECT waited_task_id AS child, creates_task FROM tasker_core_rules \gset
SELECT context, (SELECT priority FROM tasker_core_tasks WHERE task_id = :child) FROM tasker_tasks WHERE task_id = :child;
SELECT tasker_parent_task(:child) = :parent AS is_of_parent, (SELECT count(*) FROM tasker_find_tasks(parent_task_id => :parent)) AS children;
SELECT FROM tasker_maintain();
SELECT count(*) FROM tasker_tasks;
SELECT document ->> 'summary' = format('Step "part" cannot run: it waits for task %s.', :child) AS summary FROM tasker_explain_step(id_of(:parent, 'part')) AS document;
SELECT execution_status FROM tasker_task_context(:parent);
SELECT run(:child, 'work');
SELECT run(:child, 'left', '{"l": 1}'), run(:child, 'right', '{"r": 2}');
SELECT name, state, reason, results - 'task_id' AS results, results ->> 'task_id' = :'child' AS of_child FROM shown WHERE task_id = :parent;
SELECT run(:parent, 'end');

-- The child fails, and the step with it; once the child is repaired, so are the step and its task.
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT run(:parent, 'begin');
SELECT waited_task_id AS child FROM tasker_core_rules JOIN tasker_workflow_steps USING (workflow_step_id)
WHERE tasker_core_rules.task_id = :parent \gset
SELECT run(:child, 'work', '{"error": "broken"}');
SELECT name, state, reason, replace(results ->> 'error', :'child', 'N') AS error FROM shown WHERE task_id = :parent;
SELECT state FROM tasker_core_tasks WHERE task_id = :parent;
SELECT state FROM tasker_reset_step(id_of(:child, 'work'));
SELECT run(:child, 'work');
SELECT run(:child, 'left'), run(:child, 'right');
SELECT name, state, reason FROM shown WHERE task_id = :parent;
SELECT to_state FROM tasker_step_history(id_of(:parent, 'part'));
SELECT run(:parent, 'end');

-- A cancelled child is a failure.
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT run(:parent, 'begin');
SELECT waited_task_id AS child FROM tasker_core_rules WHERE task_id = :parent \gset
SELECT state FROM tasker_cancel_task(:child);
SELECT name, state, reason, replace(results ->> 'error', :'child', 'N') AS error FROM shown WHERE task_id = :parent;
SELECT state FROM tasker_core_tasks WHERE task_id = :parent;

-- Who cancels the parent cancels the child; not a task that its step has only waited for.
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT run(:parent, 'begin');
SELECT waited_task_id AS child FROM tasker_core_rules WHERE task_id = :parent \gset
SELECT task_id AS other FROM tasker_create_task('child', '{}') \gset
SELECT count(*) FROM tasker_add_steps(:parent, jsonb_build_array(jsonb_build_object('name', 'also', 'wait', jsonb_build_object('task', :other))));
SELECT name, state, reason FROM shown WHERE task_id = :parent;
SELECT count(*) FROM tasker_cancel_task(:parent, 'not needed');
SELECT task_id = :parent AS is_parent, task_id = :child AS is_child, state FROM tasker_core_tasks WHERE task_id IN (:parent, :child, :other) ORDER BY task_id;
SELECT name, state FROM shown WHERE task_id = :child;

-- The task that is waited for is there already, or is over; it must exist.
SELECT task_id AS parent FROM tasker_create_task('parent', '{}') \gset
SELECT run(:other, 'work');
SELECT count(*) FROM tasker_add_steps(:parent, jsonb_build_array(jsonb_build_object('name', 'also', 'wait', jsonb_build_object('task', :other))));
SELECT run(:other, 'left'), run(:other, 'right');
SELECT name, state FROM shown WHERE task_id = :parent;
SELECT count(*) FROM tasker_add_steps(:parent, jsonb_build_array(jsonb_build_object('name', 'again', 'wait', jsonb_build_object('task', :other))));
SELECT name, state FROM shown WHERE task_id = :parent;
\set SHOW_CONTEXT never
SELECT tasker_add_steps(:parent, '[{"name": "never", "wait": {"task": 999999}}]');

-- A request that cannot be fulfilled is a failure of the step, not of the call that has ended its parent.
SELECT count(*) FROM tasker_add_steps(:parent, '[{"name": "wrong", "depends_on": "begin", "subtask": {"task_name": "chield"}},
    {"name": "wrong_version", "depends_on": "begin", "subtask": {"task_name": "child", "version": "9.0.0"}}]');
SELECT run(:parent, 'begin');
SELECT name, state, results ->> 'error' AS error FROM shown WHERE task_id = :parent AND name LIKE 'wrong%';

-- Without a context, the child gets what the step got. Tasks may nest.
SELECT created FROM tasker_register_task('{"name": "grandparent", "step_templates": [{"name": "all", "subtask": {"task_name": "middle"}}]}');
SELECT created FROM tasker_register_task('{"name": "middle", "step_templates": [{"name": "one", "subtask": {"task_name": "leaf"}}]}');
SELECT created FROM tasker_register_task('{"name": "leaf", "step_templates": [{"name": "only"}]}');
SELECT task_id AS top FROM tasker_create_task('grandparent', '{"order": 7}') \gset
SELECT FROM tasker_maintain();
SELECT FROM tasker_maintain();
SELECT tasker_named_tasks.name, context, state FROM tasker_tasks JOIN tasker_named_tasks USING (named_task_id) JOIN tasker_core_tasks USING (task_id)
WHERE task_id >= :top ORDER BY task_id;
SELECT run((SELECT max(task_id) FROM tasker_tasks), 'only', '{"answer": 42}');
SELECT tasker_named_tasks.name, state FROM tasker_tasks JOIN tasker_named_tasks USING (named_task_id) JOIN tasker_core_tasks USING (task_id)
WHERE task_id >= :top ORDER BY task_id;
SELECT results #> '{results,one,results,only}' AS answer FROM shown WHERE task_id = :top;

-- A subtask whose steps are all bypassed ends at once, and with it the step that waits for it, whichever call creates it: the one that
-- completes a parent, the one that creates the task, or maintenance after the engine has completed a parent.
SELECT created FROM tasker_register_task('{"name": "spare", "step_templates": [{"name": "only", "skippable": true}]}');
SELECT created FROM tasker_register_task('{"name": "bypasses", "step_templates": [{"name": "begin"},
    {"name": "part", "depends_on_step": "begin", "subtask": {"task_name": "spare", "options": {"bypass_steps": ["only"]}}},
    {"name": "end", "depends_on_step": "part"}]}');
SELECT created FROM tasker_register_task('{"name": "bypasses_at_once", "step_templates": [
    {"name": "part", "subtask": {"task_name": "spare", "options": {"bypass_steps": ["only"]}}}]}');
SELECT task_id AS completed FROM tasker_create_task('bypasses', '{}') \gset
SELECT run(:completed, 'begin');
SELECT name, state, results - 'task_id' AS results FROM shown WHERE task_id = :completed;
SELECT task_id AS at_once FROM tasker_create_task('bypasses_at_once', '{}') \gset
SELECT name, state, results - 'task_id' AS results FROM shown WHERE task_id = :at_once;
SELECT state FROM tasker_core_tasks WHERE task_id = :at_once;
SELECT task_id AS maintained FROM tasker_create_task('bypasses', '{}') \gset
SELECT FROM tasker_transition_step(id_of(:maintained, 'begin'), 'in_progress');
UPDATE tasker_workflow_steps SET processed = true, in_process = false WHERE workflow_step_id = id_of(:maintained, 'begin');
UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE workflow_step_id = id_of(:maintained, 'begin');
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, from_state, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (id_of(:maintained, 'begin'), 'in_progress', 'complete', 99, true, now(), now());
SELECT FROM tasker_maintain();
SELECT name, state, results - 'task_id' AS results FROM shown WHERE task_id = :maintained;
SELECT state, count(*) FROM tasker_tasks JOIN tasker_core_tasks USING (task_id) JOIN tasker_named_tasks ON tasker_named_tasks.named_task_id = tasker_tasks.named_task_id
WHERE tasker_named_tasks.name = 'spare' GROUP BY state ORDER BY state;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';

DROP VIEW shown;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA subtasks CASCADE;
