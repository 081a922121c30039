-- A step that has a copy for each element of a list in the results of a parent.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA map;
SET search_path = map, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT skip_ids();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
-- The step of a task with this name: the last one added, or the copy with this index.
CREATE FUNCTION id_of(task bigint, step text, copy int DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step AND (inputs #>> '{for_each,index}')::int IS NOT DISTINCT FROM copy
    ORDER BY 1 DESC LIMIT 1 $$;
CREATE FUNCTION run(task bigint, step text, results jsonb DEFAULT '{}', copy int DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE id bigint := id_of(task, step, copy);
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
SELECT step.task_id, name.name || coalesce('[' || (inputs #>> '{for_each,index}') || ']', '') AS step, readiness.current_state AS state,
    readiness.blocking_reason AS reason, step.results, transition.metadata ->> 'triggered_by' AS by,
    transition.metadata ->> 'error_message' AS error, transition.metadata ->> 'error_class' AS class
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id)
LEFT JOIN tasker_workflow_step_transitions AS transition ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent,
    LATERAL tasker_step_readiness(step.task_id, ARRAY[step.workflow_step_id]) AS readiness
ORDER BY step.workflow_step_id;
CREATE VIEW graph AS
SELECT edge_from.task_id, name_from.name || coalesce('[' || (edge_from.inputs #>> '{for_each,index}') || ']', '') AS parent,
    name_to.name || coalesce('[' || (edge_to.inputs #>> '{for_each,index}') || ']', '') AS child
FROM tasker_workflow_step_edges AS edge
JOIN tasker_workflow_steps AS edge_from ON edge_from.workflow_step_id = from_step_id
JOIN tasker_workflow_steps AS edge_to ON edge_to.workflow_step_id = to_step_id
JOIN tasker_named_steps AS name_from ON name_from.named_step_id = edge_from.named_step_id
JOIN tasker_named_steps AS name_to ON name_to.named_step_id = edge_to.named_step_id
ORDER BY edge.id;
SELECT created FROM tasker_register_task('{"name": "mailing", "step_templates": [
    {"name": "list", "skippable": true},
    {"name": "mail", "depends_on_step": "list", "for_each": {"step": "list", "path": "$.users", "max": 4}, "default_retry_limit": 1,
     "skippable": true},
    {"name": "report", "depends_on_step": "mail"}]}');
SELECT document #> '{step_templates,1,for_each}' AS for_each FROM tasker_template('mailing') AS document;

-- The call that completes the parent adds the copies, and returns them as ready. All that depends on the step waits for all of them.
SELECT task_id AS task FROM tasker_create_task('mailing', '{"campaign": 7}') \gset
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT tasker_transition_step(id_of(:task, 'list'), 'in_progress') IS NOT NULL AS started;
SELECT array_length(ready_step_ids, 1) AS ready, task_state FROM tasker_complete_step(id_of(:task, 'list'), '{"users": ["ann", {"name": "bob"}, null]}');
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT parent, child FROM graph WHERE task_id = :task;
SELECT inputs, retry_limit, skippable FROM tasker_workflow_steps WHERE task_id = :task AND inputs ? 'for_each' ORDER BY workflow_step_id;
SELECT document ->> 'summary' AS summary, document #> '{rule,definition}' AS rule FROM tasker_explain_step(id_of(:task, 'mail')) AS document;
SELECT document ->> 'total_waits' AS waits, replace(document ->> 'summary', :'task', 'N') ~ '^Task N: step \d+ "mail" is ready' AS summary
FROM tasker_explain_task(:task) AS document;
CREATE TABLE claimed AS SELECT workflow_step_id, step_name, claim_token, inputs -> 'for_each' AS for_each, parent_results
FROM tasker_claim_steps('worker', 9);
SELECT step_name, for_each, parent_results FROM claimed ORDER BY workflow_step_id;
SELECT completed.state, ready_step_ids, task_state FROM (
    SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) AS steps, array_agg(claim_token ORDER BY workflow_step_id) AS tokens,
        array_agg(jsonb_build_object('sent', for_each -> 'element') ORDER BY workflow_step_id) AS results
    FROM claimed WHERE for_each ->> 'index' > '0') AS most, tasker_complete_steps(steps, tokens, results) AS completed;
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT document ->> 'summary' AS summary FROM tasker_explain_step(id_of(:task, 'mail')) AS document;
SELECT task_state, ready_step_ids = ARRAY[id_of(:task, 'report')] AS is_ready FROM claimed, tasker_complete_step(claimed.workflow_step_id, '{"sent": "first"}', claim_token)
WHERE for_each ->> 'index' = '0';
SELECT step, state, results, by FROM shown WHERE task_id = :task AND step IN ('mail', 'report');
SELECT to_state FROM tasker_step_history(id_of(:task, 'mail'));
SELECT workflow_step_id AS step, claim_token AS token, parent_results FROM tasker_claim_steps('worker', 9) \gset
SELECT :'parent_results' AS parent_results, task_state FROM tasker_complete_step(:step, NULL, :'token');

-- An empty list, a list that is not there, and a parent that was left out: there is nothing to do.
CREATE FUNCTION mailing(results text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE task bigint;
BEGIN
    SELECT task_id INTO task FROM tasker_create_task('mailing', '{}');
    PERFORM run(task, 'list', results::jsonb);
    RETURN task;
END $$;
SELECT mailing('{"users": []}') AS task \gset
SELECT step, state, reason, results FROM shown WHERE task_id = :task;
SELECT mailing('{}') AS task \gset
SELECT step, state, reason, results FROM shown WHERE task_id = :task;
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT state FROM tasker_skip_step(id_of(:task, 'list'));
SELECT step, state, reason, results FROM shown WHERE task_id = :task;
SELECT task_id AS task FROM tasker_create_task('mailing', '{}', options => '{"bypass_steps": ["mail"]}') \gset
SELECT run(:task, 'list', '{"users": [1, 2]}');
SELECT step, state, reason, results FROM shown WHERE task_id = :task;
-- An operator resolves the parent, with a list.
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT state FROM tasker_resolve_step(id_of(:task, 'list'), results => '{"users": [1, 2]}');
SELECT step, state, reason FROM shown WHERE task_id = :task;
-- What is not a list has one element. More elements than wanted: the step fails for good, and nothing is added.
SELECT mailing('{"users": "ann"}') AS task \gset
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT mailing('{"users": [1, 2, 3, 4, 5]}') AS task \gset
SELECT step, state, reason, results, by, error, class FROM shown WHERE task_id = :task AND step <> 'list';
SELECT execution_status FROM tasker_task_context(:task);
-- The list is made shorter, and the step is retried.
UPDATE tasker_workflow_steps SET results = '{"users": [1]}' WHERE workflow_step_id = id_of(:task, 'list');
SELECT state FROM tasker_reset_step(id_of(:task, 'mail'));
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT run(:task, 'mail', '1', 0), run(:task, 'report');

-- What a step adds may be mapped: with its inputs, retries and limits of time. Names mean the mapped step, not its copies.
SELECT task_id AS task FROM tasker_create_task('mailing', '{"campaign": 7}') \gset
SELECT step_name, created FROM tasker_add_steps(:task, '[
    {"name": "each", "depends_on": ["list", "report"], "before": [], "inputs": {"page": 3}, "retry_limit": 5, "retryable": false, "timeout_seconds": 60,
     "for_each": {"step": "list", "path": "$.rows[*] ? (@.size > 1)"}},
    {"name": "tell", "depends_on": "each"}]');
SELECT run(:task, 'list', '{"users": [], "rows": [{"size": 1}, {"size": 2}, {"size": 3}]}'), run(:task, 'report');
SELECT inputs, retryable, retry_limit, timeout_seconds FROM tasker_workflow_steps LEFT JOIN tasker_core_step_times USING (workflow_step_id, task_id)
WHERE task_id = :task AND inputs ? 'page' ORDER BY workflow_step_id;
SELECT parent, child FROM graph WHERE task_id = :task AND (parent LIKE 'each%' OR child LIKE 'each%');
SELECT step_name, created FROM tasker_add_steps(:task, '[{"name": "each", "depends_on": "list", "for_each": {"step": "list"}}, {"name": "late", "depends_on": "each"}]');
SELECT tasker_add_steps(:task, '[{"name": "other", "before": "each"}]');
SELECT run(:task, 'each', '{}', 0), run(:task, 'each', '{}', 1);
SELECT step, state, reason FROM shown WHERE task_id = :task AND step IN ('each', 'tell', 'late');
-- On a step that has ended, at once.
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT run(:task, 'list', '{"users": [], "rows": [1, 2]}');
SELECT step_name FROM tasker_add_steps(:task, '[{"name": "each", "depends_on": "list", "for_each": {"step": "list", "path": "$.rows"}}]');
SELECT step, state, reason FROM shown WHERE task_id = :task AND step LIKE 'each%';

-- A copy that fails for good: by default, the step waits for an operator, as below any failed step.
CREATE FUNCTION mapped(map jsonb, list text DEFAULT '[1, 2, 3]', more jsonb DEFAULT '{}') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE task bigint;
BEGIN
    SELECT task_id INTO task FROM tasker_create_task('mailing', '{}', options => '{"bypass_steps": ["mail"]}');
    PERFORM tasker_add_steps(task, jsonb_build_array(
        '{"name": "each", "depends_on": ["list", "report"]}' || more || jsonb_build_object('for_each', '{"step": "list"}' || map),
        '{"name": "then", "depends_on": "each"}'::jsonb, '{"name": "undo", "depends_on": "each", "join": {"rule": "all", "over": ["failed"]}}'::jsonb));
    PERFORM run(task, 'list', list::jsonb);
    PERFORM run(task, 'report');
    RETURN task;
END $$;
CREATE VIEW of_map AS SELECT * FROM shown WHERE step NOT IN ('list', 'mail', 'report');
SELECT mapped('{}') AS task \gset
SELECT run(:task, 'each', '{"error": "no"}', 1), run(:task, 'each', '{"n": 1}', 0), run(:task, 'each', '{"n": 3}', 2);
SELECT step, state, reason FROM of_map WHERE task_id = :task;
SELECT state FROM tasker_core_tasks WHERE task_id = :task;
SELECT state FROM tasker_reset_step(id_of(:task, 'each', 1));
SELECT run(:task, 'each', '{"n": 2}', 1);
SELECT step, state, reason, results, by FROM of_map WHERE task_id = :task AND step NOT LIKE '%]';
-- The last copy fails first: the end of another one ends the task.
SELECT mapped('{}') AS task \gset
SELECT run(:task, 'each', '{"error": "no"}', 2), run(:task, 'each', '{}', 0), run(:task, 'each', '{}', 1);
SELECT state FROM tasker_core_tasks WHERE task_id = :task;
-- With a join over the copies, the step fails for good as soon as the join cannot be satisfied any more; once the copies are repaired, it
-- is complete.
SELECT mapped('{"join": "none_failed"}') AS task \gset
SELECT run(:task, 'each', '{"error": "no"}', 1);
SELECT step, state, reason, error, class FROM of_map WHERE task_id = :task;
SELECT state FROM tasker_reset_step(id_of(:task, 'each', 1));
SELECT run(:task, 'each', '{"n": 2}', 1), run(:task, 'each', '{"n": 1}', 0), run(:task, 'each', '{"n": 3}', 2);
SELECT step, state, reason, results FROM of_map WHERE task_id = :task;
-- Enough copies: the others run on, and have no results yet.
SELECT mapped('{"join": "any"}') AS task \gset
SELECT run(:task, 'each', '{"error": "no"}', 0), run(:task, 'each', '{"n": 3}', 2);
SELECT step, state, reason, results FROM of_map WHERE task_id = :task;
SELECT mapped('{"join": 2}', '[1]') AS task \gset
SELECT step, state, error FROM of_map WHERE task_id = :task;
SELECT mapped('{"join": {"rule": "all", "over": ["complete", "failed", "cancelled"]}}') AS task \gset
SELECT run(:task, 'each', '{"error": "no"}', 0), run(:task, 'each', '{"n": 3}', 2);
SELECT count(*) FROM tasker_cancel_step(id_of(:task, 'each', 1));
SELECT step, state, reason, results FROM of_map WHERE task_id = :task;

-- Conditions come first: the step is skipped, and has no copies.
SELECT mapped('{"path": "$.rows"}', '{"rows": [1, 2]}', '{"when": {"list": "$.rows.size() > 2"}}') AS task \gset
SELECT step, state, reason, by FROM of_map WHERE task_id = :task;
SELECT mapped('{"path": "$.rows"}', '{"rows": [1, 2, 3]}', '{"when": {"list": "$.rows.size() > 2"}, "join": "none_failed"}') AS task \gset
SELECT step, state, reason, by FROM of_map WHERE task_id = :task;
-- A parent without results, and null, have an empty list; in a list, null is an element.
SELECT mapped('{}', '{}') AS none, mapped('{"path": "$.rows"}', '{"rows": null}') AS of_null, mapped('{"path": "$.rows"}', '{"rows": [null]}') AS of_nulls \gset
SELECT step, state, reason, results FROM of_map WHERE task_id IN (:none, :of_null, :of_nulls) AND step LIKE 'each%';
-- A path in strict mode that the results do not satisfy.
SELECT mapped('{"path": "strict $.rows"}', '{"row": 1}') AS task \gset
SELECT step, state, error, class FROM of_map WHERE task_id = :task;

-- Nested maps: over the results of a mapped step, over lists of lists, and with a task for each element that maps itself.
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT count(*) FROM tasker_add_steps(:task, '[
    {"name": "pages", "depends_on": "list", "for_each": {"step": "list", "path": "$.books"}},
    {"name": "words", "depends_on": "pages", "for_each": {"step": "pages", "path": "$[*].words[*]"}}]');
SELECT run(:task, 'list', '{"users": [], "books": [["a", "b"], []]}');
SELECT step, inputs #> '{for_each,element}' AS element FROM shown JOIN tasker_workflow_steps USING (task_id)
WHERE task_id = :task AND workflow_step_id = id_of(:task, 'pages', substring(step FROM '\[(\d+)\]')::int) AND step LIKE 'pages[%';
SELECT run(:task, 'pages', '{"words": ["x", "y"]}', 0), run(:task, 'pages', '{"words": ["z"]}', 1);
SELECT step, state, reason FROM shown WHERE task_id = :task AND step LIKE 'words%';
SELECT run(:task, 'words', '"X"', 0), run(:task, 'words', '"Y"', 1), run(:task, 'words', '"Z"', 2);
SELECT results FROM shown WHERE task_id = :task AND step = 'words';
SELECT created FROM tasker_register_task('{"name": "book", "step_templates": [
    {"name": "open"}, {"name": "page", "depends_on_step": "open", "for_each": {"step": "open"}},
    {"name": "close", "depends_on_step": "open"}]}');
SELECT created FROM tasker_register_task('{"name": "library", "step_templates": [
    {"name": "books"}, {"name": "read", "depends_on_step": "books", "subtask": {"task_name": "book"}, "for_each": {"step": "books"}}]}');
SELECT task_id AS task FROM tasker_create_task('library', '{}') \gset
SELECT run(:task, 'books', '["one", "two"]');
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT context FROM tasker_tasks WHERE task_id > :task ORDER BY task_id;
SELECT run(task_id, 'open', '[7, 8]', (context #>> '{for_each,index}')::int) FROM tasker_tasks WHERE task_id > :task ORDER BY task_id;
-- Their steps get the element, and what their parents have done; their own copies get their own element.
SELECT workflow_step_id AS step, claim_token AS token, step_name, inputs, context, parent_results
FROM tasker_claim_steps('worker', 1, task_id => :task + 1) \gset
SELECT :'step_name' AS step, :'inputs' AS inputs, :'context' AS context, :'parent_results' AS parent_results, task_state
FROM tasker_complete_step(:step, NULL, :'token');
SELECT run(:task + 2, 'close', '{}', 1);
SELECT state FROM tasker_resolve_step(id_of(:task + 1, 'page', 0), results => '70');
SELECT run(:task + 1, 'page', '80', 1), run(:task + 2, 'page', '90', 0), run(:task + 2, 'page', '{"error": "torn"}', 1);
SELECT step, state, reason, results #> '{results,page}' AS pages, class FROM shown WHERE task_id = :task;
SELECT state FROM tasker_resolve_step(id_of(:task + 2, 'page', 1), results => '91');
SELECT step, state, reason, results #> '{results,page}' AS pages FROM shown WHERE task_id = :task AND step = 'read[1]';
SELECT jsonb_path_query_array(results, '$[*].results.page[*]') AS pages FROM shown WHERE task_id = :task AND step = 'read';
SELECT state FROM tasker_core_tasks WHERE task_id = :task;
-- Cancelled copies cancel their tasks.
SELECT task_id AS task FROM tasker_create_task('library', '{}') \gset
SELECT run(:task, 'books', '["one", "two"]');
SELECT count(*) FROM tasker_cancel_step(id_of(:task, 'read'));
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT state FROM tasker_core_tasks WHERE task_id >= :task ORDER BY task_id;

-- Cancelling: the step with its copies; one copy, which cuts the step off; the task.
SELECT mapped('{}') AS task \gset
SELECT run(:task, 'each', '{}', 0);
SELECT count(*) FROM tasker_cancel_step(id_of(:task, 'each'));
SELECT step, state, reason FROM of_map WHERE task_id = :task;
SELECT mapped('{}') AS task \gset
SELECT count(*) FROM tasker_cancel_step(id_of(:task, 'each', 1), NULL, false);
SELECT step, state, reason FROM of_map WHERE task_id = :task;
SELECT count(*) FROM tasker_cancel_task(:task);
SELECT DISTINCT state FROM of_map WHERE task_id = :task;
-- A step that is skipped or resolved leaves its copies alone.
SELECT mapped('{}') AS task \gset
SELECT state FROM tasker_resolve_step(id_of(:task, 'each'), results => '"by hand"');
SELECT step, state, reason FROM of_map WHERE task_id = :task;
-- The parent is reset: the copies wait for it again, and no copies are added for a new list.
SELECT mapped('{}') AS task \gset
SELECT run(:task, 'each', '{}', 0);
SELECT move_step(id_of(:task, 'list'), 'pending');
UPDATE tasker_workflow_steps SET processed = false, in_process = false WHERE workflow_step_id = id_of(:task, 'list');
SELECT step, state, reason FROM of_map WHERE task_id = :task;
SELECT run(:task, 'list', '[1, 2, 3, 4, 5]');
SELECT step, state, reason FROM of_map WHERE task_id = :task;

-- The engine ends the parent, then the copies: the next claim, or maintenance, does the rest.
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
UPDATE tasker_workflow_steps SET results = '{"users": [1, 2]}' WHERE workflow_step_id = id_of(:task, 'list');
SELECT move_step(id_of(:task, 'list'), 'in_progress'), move_step(id_of(:task, 'list'), 'complete');
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT FROM tasker_maintain();
SELECT step, state, reason FROM shown WHERE task_id = :task;
UPDATE tasker_workflow_steps SET results = '{"n": 5}' WHERE workflow_step_id = id_of(:task, 'mail', 1);
SELECT move_step(id_of(:task, 'mail', copy), 'in_progress'), move_step(id_of(:task, 'mail', copy), 'complete') FROM generate_series(0, 1) AS copy;
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT step_name FROM tasker_claim_steps('worker', 9, task_id => :task);
SELECT step, state, reason, results FROM shown WHERE task_id = :task;
-- A paused task gets no copies.
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT count(*) FROM tasker_pause_task(:task);
UPDATE tasker_workflow_steps SET results = '{"users": [1, 2]}' WHERE workflow_step_id = id_of(:task, 'list');
SELECT move_step(id_of(:task, 'list'), 'in_progress'), move_step(id_of(:task, 'list'), 'complete');
SELECT FROM tasker_maintain();
SELECT step, state, reason FROM shown WHERE task_id = :task;
SELECT count(*) FROM tasker_resume_task(:task);
SELECT FROM tasker_maintain();
SELECT step, state, reason FROM shown WHERE task_id = :task;

-- More than ten copies are one box, and one row of the chart.
SELECT mapped('{}', (SELECT jsonb_agg(n)::text FROM generate_series(1, 12) AS n)) AS task \gset
SELECT run(:task, 'each', '{}', 3);
SELECT regexp_replace(line, '\d{4,}', 'N', 'g') AS line FROM regexp_split_to_table(tasker_task_mermaid(:task), E'\n') AS line WHERE line !~ 'classDef|-->';
SELECT tasker_task_dot(:task) ~ '12 copies: 11 ready, 1 complete' AS dot, tasker_task_svg(:task) ~ '12 copies: 11 ready, 1 complete' AS svg,
    tasker_task_timeline_svg(:task) ~ 'each \(12 copies\)' AS chart;

-- What is wrong with a map.
SELECT path, problem FROM tasker_validate_template('{"name": "wrong", "step_templates": [
    {"name": "a"}, {"name": "b"},
    {"name": "c", "depends_on_step": "a", "for_each": 7},
    {"name": "d", "depends_on_step": "a", "for_each": {"steps": "a", "path": 1, "max": 10001, "join": "most"}},
    {"name": "e", "depends_on_step": "a", "for_each": {"step": "b", "path": ""}},
    {"name": "f", "depends_on_step": "a", "for_each": {"step": "a", "max": 0}, "wait": {"seconds": 1}},
    {"name": "g", "depends_on_steps": ["a", "b"], "join": "any", "for_each": {"step": "a", "join": {"rule": "any", "over": ["done"]}}}]}');
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
SELECT tasker_add_steps(:task, '[{"name": "x", "depends_on": "list", "inputs": [1], "for_each": {"step": "mail", "path": ""}}]');
SELECT tasker_add_steps(:task, '[{"name": "x", "depends_on": "list", "foreach": {"step": "mail"}}]');

-- Ten thousand elements, and no more; the graph has no cycle, and nothing in the side rows differs from what they repeat.
SELECT created FROM tasker_register_task('{"name": "bulk", "step_templates": [
    {"name": "list"}, {"name": "item", "depends_on_step": "list", "for_each": {"step": "list", "max": 10000}}, {"name": "end", "depends_on_step": "item"}]}');
SELECT task_id AS task FROM tasker_create_task('bulk', '{}') \gset
SELECT jsonb_agg(n) AS list FROM generate_series(1, 10000) AS n \gset
SELECT tasker_transition_step(id_of(:task, 'list'), 'in_progress') IS NOT NULL AS started;
SELECT array_length(ready_step_ids, 1) AS ready FROM tasker_complete_step(id_of(:task, 'list'), :'list');
SELECT total_steps, ready_steps, execution_status FROM tasker_task_context(:task);
SELECT document ->> 'summary' AS summary FROM tasker_explain_step(id_of(:task, 'item')) AS document;
SELECT document ->> 'total_waits' AS waits FROM tasker_explain_task(:task) AS document;
SELECT count(*) FROM tasker_claim_steps('worker', 100);
SELECT count(*) FROM tasker_cancel_task(:task);
SELECT task_id AS task FROM tasker_create_task('bulk', '{}') \gset
SELECT run(:task, 'list', :'list'::jsonb || '0');
SELECT step, state, error, class FROM shown WHERE task_id = :task AND step <> 'list';
SELECT count(*) AS problems FROM tasker_doctor();
DROP SCHEMA map CASCADE;
