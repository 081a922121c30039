-- Tasks that are made from templates.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA create_task;
SET search_path = create_task, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SET tasker_core.enforce_edges = enforce;

SELECT named_task_id, version FROM tasker_register_task('{
  "name": "order", "namespace_name": "shop", "version": "0.9.0",
  "schema": {"type": "object", "required": ["cart_id"], "properties": {"cart_id": {"type": "integer", "minimum": 1}}},
  "step_templates": [
    {"name": "mail", "depends_on_steps": ["charge", "pack"], "skippable": true},
    {"name": "charge", "depends_on_step": "check", "default_retryable": false},
    {"name": "check", "default_retry_limit": 5},
    {"name": "pack", "depends_on_step": "check", "skippable": true}]}');
SELECT named_task_id, version FROM tasker_register_task(tasker_template('order', 'shop') || '{"version": "0.10.0", "schema": null}');
SELECT named_task_id, version FROM tasker_register_task('{"name": "one", "step_templates": [{"name": "only", "skippable": true}]}');

CREATE VIEW edges AS
SELECT parent.task_id, string_agg(from_name.name || ' > ' || to_name.name, ', ' ORDER BY edge.id) AS edges, min(edge.name) AS name
FROM tasker_workflow_step_edges AS edge
JOIN tasker_workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
JOIN tasker_named_steps AS from_name ON from_name.named_step_id = parent.named_step_id
JOIN tasker_workflow_steps AS child ON child.workflow_step_id = edge.to_step_id
JOIN tasker_named_steps AS to_name ON to_name.named_step_id = child.named_step_id
GROUP BY parent.task_id;

-- The rows that the engine makes.
SELECT task_id, created, named_task_id, length(identity_hash) AS identity
FROM tasker_create_task('order', '{"cart_id": 7, "total": 12.50, "id": 12345678901234567890123}', 'shop', '0.9.0');
SELECT task_id, named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags, context, created_at
FROM tasker_tasks;
SELECT workflow_step_id AS id, name, retryable, retry_limit, in_process, processed, processed_at, attempts, last_attempted_at,
    backoff_request_seconds AS backoff, inputs = context AS inputs, results, skippable, step.created_at
FROM tasker_workflow_steps AS step JOIN tasker_named_steps USING (named_step_id) JOIN tasker_tasks USING (task_id)
ORDER BY workflow_step_id;
SELECT * FROM edges;
SELECT count(*) AS transitions FROM tasker_workflow_step_transitions;
SELECT step_name, priority, eligible_since FROM tasker_ready_steps(1);
SELECT step_name, inputs FROM tasker_claim_steps('worker');

-- The latest version, and all that can be said of a task.
SELECT task_id, created FROM tasker_create_task('order', '{}', 'shop', options => '{
  "initiator": "web", "source_system": "cart", "reason": "test", "tags": ["a", {"b": 1}], "priority": 7,
  "requested_at": "2026-01-01T10:00:00+02:00", "bypass_steps": []}');
SELECT task_id, version, requested_at, initiator, source_system, reason, tags, priority
FROM tasker_tasks JOIN tasker_named_tasks USING (named_task_id) JOIN tasker_core_tasks USING (task_id) WHERE task_id = 2;
SELECT step_name, priority, eligible_since FROM tasker_ready_steps(2);

-- It is the first to be claimed, as urgent as it is: seven minutes earlier.
SELECT rank FROM tasker_core_hints WHERE task_id = 2;

-- Not before a time: for the rule of the engine as well.
SELECT task_id FROM tasker_create_task('order', '{}', 'shop', options => '{"start_at": "2026-01-01T13:00:00.5Z"}');
SELECT name, last_attempted_at, backoff_request_seconds FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
WHERE task_id = 3 ORDER BY workflow_step_id;
SELECT step_name, ready_for_execution, blocking_reason, next_eligible_at FROM tasker_step_readiness(3);
SELECT name, ready_for_execution, next_retry_at FROM tasker_rails_get_step_readiness_status(3);
SELECT count(*) FROM tasker_claim_steps('worker', 10, task_id => 3);
SET tasker_core.fake_now = '2026-01-01 13:00:00.499999+00';
SELECT count(*) FROM tasker_claim_steps('worker', 10, task_id => 3);
SET tasker_core.fake_now = '2026-01-01 13:00:00.5+00';
SELECT step_name FROM tasker_claim_steps('worker', 10) WHERE task_id = 3;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
-- A time that has passed already is no wait.
SELECT task_id FROM tasker_create_task('one', '{}', options => '{"start_at": "2026-01-01T12:00:00Z"}');
SELECT step_name, ready_for_execution, last_attempted_at FROM tasker_step_readiness(4);

-- Steps that are left out, as by tasker_skip_step().
SELECT task_id FROM tasker_create_task('order', '{}', 'shop', options => '{"bypass_steps": ["mail", "pack"]}');
SELECT name, to_state, from_state, metadata - 'resolved_by' AS metadata, processed, processed_at
FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
LEFT JOIN tasker_workflow_step_transitions USING (workflow_step_id) WHERE task_id = 5 ORDER BY workflow_step_id;
SELECT bypass_steps FROM tasker_tasks WHERE task_id = 5;
SELECT task_id FROM tasker_create_task('one', '{}', options => '{"bypass_steps": ["only"]}');
SELECT complete, execution_status FROM tasker_tasks, tasker_task_context(task_id) WHERE tasker_tasks.task_id = 6;
-- A first step that is left out lets its children go.
SELECT version FROM tasker_register_task('{"name": "two", "step_templates": [
    {"name": "first", "skippable": true}, {"name": "second", "depends_on_step": "first"}]}');
SELECT step_name FROM tasker_create_task('two', '{}', options => '{"bypass_steps": ["first"]}') AS made,
    tasker_claim_steps('worker', task_id => made.task_id);

-- But not before the time at which the task may start.
SELECT task_id FROM tasker_create_task('two', '{}', options => '{"bypass_steps": ["first"], "start_at": "2026-01-01T14:00:00Z"}');
SELECT step_name, ready_for_execution, next_eligible_at FROM tasker_step_readiness(8);
SELECT tasker_cancel_task(8);

-- What is refused, and that nothing is left of it.
CREATE TEMPORARY TABLE before AS SELECT count(*) AS tasks FROM tasker_tasks;
SELECT * FROM tasker_create_task('order', '{"cart_id": 0}', 'shop', '0.9.0', '{"bypass_steps": ["charge", "maul"]}');
SELECT * FROM tasker_create_task('order', '{}', 'shop', '0.9.0');
SELECT * FROM tasker_create_task('order', '[]', 'shop');
SELECT * FROM tasker_create_task('order', '{}', 'shop', options => '{"priorty": 1, "priority": 1000, "start_at": "soon"}');
SELECT * FROM tasker_create_task('order', '{}', 'shop', options => '[]');
SELECT * FROM tasker_create_task('order', '{}');
SELECT * FROM tasker_create_task('order', '{}', 'shop', '7.0.0');
SELECT * FROM tasker_create_task('order', NULL, 'shop');
SELECT * FROM tasker_create_tasks('{}');
SELECT * FROM tasker_create_tasks('[{"task_name": "one", "context": {}}, {"task_name": "order", "namespace": "shop", "version": "0.9.0", "context": {}},
    {"task_name": "order", "namespace": "shop", "context": {}, "options": {"bypass_steps": ["check"]}}]');
SELECT * FROM tasker_create_tasks('[{"task_name": "one"}, {"task_name": "one", "context": {}, "options": {"prio": 1}}, 7]');
SELECT count(*) = (SELECT tasks FROM before) AS nothing_half_created FROM tasker_tasks;

-- Identity: by key, whatever else differs.
SELECT task_id, created FROM tasker_create_task('one', '{"n": 1}', options => '{"identity_key": "order 42"}');
SELECT task_id, created FROM tasker_create_task('one', '{"n": 2}', options => '{"identity_key": "order 42", "identity": "key"}');
SELECT task_id, created FROM tasker_create_task('two', '{}', options => '{"identity_key": "order 42"}');
-- By all that the request says, and the minute.
SELECT task_id, created FROM tasker_create_task('one', '{"a": 1.0, "b": [1, 2]}', options => '{"identity": "hash", "tags": ["a"]}');
SELECT task_id, created FROM tasker_create_task('one', '{"b": [1, 2], "a": 1.0}', options => '{"identity": "hash"}');
SELECT task_id, created FROM tasker_create_task('one', '{"b": [2, 1], "a": 1.0}', options => '{"identity": "hash"}');
SELECT task_id, created FROM tasker_create_task('one', '{"b": [1, 2], "a": 1.0}', options => '{"identity": "hash", "reason": "x"}');
SET tasker_core.fake_now = '2026-01-01 12:00:59+00';
SELECT task_id, created FROM tasker_create_task('one', '{"b": [1, 2], "a": 1.0}', options => '{"identity": "hash"}');
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT task_id, created FROM tasker_create_task('one', '{"b": [1, 2], "a": 1.0}', options => '{"identity": "hash"}');
-- The statements of docs/templates.md find both again.
SELECT task_id, task.identity_hash = encode(sha256(convert_to(jsonb_build_object(
    'namespace', namespace.name, 'name', named_task.name, 'version', named_task.version, 'initiator', initiator,
    'source_system', source_system, 'reason', reason, 'bypass_steps', bypass_steps::jsonb, 'context', context,
    'requested_at', to_char(requested_at, 'YYYY-MM-DD HH24:MI'))::text, 'UTF8')), 'hex') AS by_hash,
    task.identity_hash = encode(sha256(convert_to(jsonb_build_object(
        'namespace', namespace.name, 'name', named_task.name, 'key', 'order 42')::text, 'UTF8')), 'hex') AS by_key
FROM tasker_tasks AS task JOIN tasker_named_tasks AS named_task USING (named_task_id)
JOIN tasker_task_namespaces AS namespace USING (task_namespace_id) WHERE task_id >= 9 ORDER BY task_id;
-- An identity that row-level security hides: the caller is not told, and gets a task of its own, once. A row of the caller's
-- own that has the identity without the role's name counts.
CREATE ROLE create_task_clerk;
GRANT USAGE ON SCHEMA create_task TO create_task_clerk;
GRANT ALL ON ALL TABLES IN SCHEMA create_task TO create_task_clerk;
GRANT ALL ON ALL SEQUENCES IN SCHEMA create_task TO create_task_clerk;
REVOKE ALL ON tasker_core_steps, tasker_core_tasks, tasker_core_hints FROM create_task_clerk;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_tasks TO create_task_clerk USING (initiator = 'clerk');
SET ROLE create_task_clerk;
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "clerk", "priority": 3}');
\set VERBOSITY sqlstate
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "clerk", "identity_key": "order 42"}');
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "clerk", "identity_key": "order 42"}');
RESET ROLE;
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "clerk", "identity_key": "order 43"}');
SET ROLE create_task_clerk;
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "clerk", "identity_key": "order 43"}');
SELECT created FROM tasker_create_task('one', '{}', options => '{"initiator": "second caller"}');
RESET ROLE;
REVOKE INSERT ON tasker_workflow_step_edges FROM create_task_clerk;
SET ROLE create_task_clerk;
SELECT created FROM tasker_create_task('two', '{}', options => '{"initiator": "clerk"}');
\set VERBOSITY default
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;

-- A part of another task: the parent must be there, and may go.
SELECT task_id AS parent FROM tasker_create_task('one', '{}') \gset
SELECT task_id AS child FROM tasker_create_task('one', '{}', options => jsonb_build_object('parent_task_id', :parent, 'identity_key', 'child')) \gset
SELECT task_id = :child AS same, created
FROM tasker_create_task('one', '{}', options => jsonb_build_object('parent_task_id', :child, 'identity_key', 'child'));
SELECT count(*) AS made FROM tasker_create_tasks(jsonb_build_array(
    jsonb_build_object('task_name', 'one', 'context', '{}'::jsonb, 'options', jsonb_build_object('parent_task_id', :parent)),
    jsonb_build_object('task_name', 'one', 'context', '{}'::jsonb, 'options', jsonb_build_object('parent_task_id', :child)),
    jsonb_build_object('task_name', 'one', 'context', '{}'::jsonb)));
SELECT task_id - :parent AS task, tasker_parent_task(task_id) - :parent AS parent,
       (SELECT array_agg(child.task_id - :parent ORDER BY child.task_id) FROM tasker_find_tasks(parent_task_id => task.task_id) AS child) AS children
FROM tasker_tasks AS task WHERE task_id >= :parent ORDER BY task_id;
SELECT created FROM tasker_create_task('one', '{}', options => '{"parent_task_id": 999999}');
SELECT created FROM tasker_create_task('one', '{}', options => '{"parent_task_id": "7"}');
SELECT count(*) FROM tasker_create_tasks('[
    {"task_name": "one", "context": {}, "options": {"parent_task_id": 999998}}, {"task_name": "one", "context": {}, "options": {"parent_task_id": 0}}]');
SELECT count(*) FROM tasker_create_tasks('[
    {"task_name": "one", "context": {}}, {"task_name": "one", "context": {}, "options": {"parent_task_id": 999998}}]');
SELECT tasker_parent_task(999999);
SELECT tasker_parent_task(NULL);
-- Rebuilding keeps it, like the priority; a parent that the caller may not see is NULL.
UPDATE tasker_core_tasks SET state = 'error' WHERE task_id = :child;
SELECT * FROM tasker_rebuild('create_task');
SELECT tasker_parent_task(:child) = :parent AS kept;
CREATE ROLE create_task_part;
GRANT USAGE ON SCHEMA create_task TO create_task_part;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_named_tasks, tasker_task_namespaces TO create_task_part;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON tasker_tasks TO create_task_part USING (identity_hash IN (
    SELECT encode(sha256(convert_to('{"key": "child", "name": "one", "namespace": "default"}', 'UTF8')), 'hex')));
SET ROLE create_task_part;
SELECT count(*) AS visible FROM tasker_tasks;
SELECT tasker_parent_task(:child) AS hidden_parent, (SELECT count(*) FROM tasker_find_tasks(parent_task_id => :parent)) AS children;
SELECT tasker_parent_task(:parent) IS NULL AS is_hidden;
RESET ROLE;
DROP POLICY part ON tasker_tasks;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
DROP OWNED BY create_task_part;
DROP ROLE create_task_part;
DELETE FROM tasker_workflow_steps WHERE task_id = :parent;
DELETE FROM tasker_tasks WHERE task_id = :parent;
SELECT tasker_parent_task(:child) AS parent, (SELECT count(*) FROM tasker_find_tasks(parent_task_id => :parent)) AS children;

-- Many at once, of several templates; what is the same in the list is made once.
SELECT max(task_id) AS last FROM tasker_tasks \gset
SELECT request_number, task_id - :last AS task, created, named_task_id FROM tasker_create_tasks('[
    {"task_name": "order", "namespace": "shop", "context": {"cart_id": 1, "sum": 1.10}},
    {"task_name": "one", "context": {"n": 2}, "options": {"identity_key": "b"}},
    {"task_name": "one", "context": {"n": 3}, "options": {"identity_key": "a"}},
    {"task_name": "one", "context": {"n": 4}, "options": {"identity_key": "b"}},
    {"task_name": "one", "context": {"n": 5}, "options": {"identity_key": "order 42"}},
    {"task_name": "order", "namespace": "shop", "version": "0.9.0", "context": {"cart_id": 6}, "options": {"bypass_steps": ["pack"], "priority": 5}}]');
SELECT task_id - :last AS task, context, edges.edges, priority, (SELECT count(*) FROM tasker_ready_steps(task_id)) AS ready
FROM tasker_tasks LEFT JOIN edges USING (task_id) JOIN tasker_core_tasks USING (task_id) WHERE task_id > :last ORDER BY task_id;
SELECT count(*) FROM tasker_create_tasks('[]');
SELECT count(*) AS made, count(DISTINCT task_id) AS tasks FROM tasker_create_tasks((
    SELECT jsonb_agg(jsonb_build_object('task_name', 'order', 'namespace', 'shop', 'context', jsonb_build_object('cart_id', number)))
    FROM generate_series(1, 500) AS number));
SELECT count(*) AS steps, count(DISTINCT inputs -> 'cart_id') AS inputs FROM tasker_workflow_steps JOIN tasker_tasks USING (task_id)
WHERE task_id > :last AND context ? 'cart_id';
SELECT edges, count(*) FROM edges WHERE task_id > :last GROUP BY edges;
SELECT * FROM _tasker_drift('create_task'::regnamespace);
SELECT severity, check_name, object, detail FROM tasker_doctor('create_task') WHERE severity = 'error';

DROP OWNED BY create_task_clerk;
DROP ROLE create_task_clerk;
DROP SCHEMA create_task CASCADE;
