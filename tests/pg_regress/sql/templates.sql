-- Task templates: what is refused, what is stored, and how it is found again.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA templates;
SET search_path = templates, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

CREATE TABLE files (file text PRIMARY KEY, template jsonb);
INSERT INTO files VALUES ('order', '{
  "name": "order", "namespace_name": "shop", "version": "0.9.0", "description": "An order of the shop",
  "task_handler_class": "OrderHandler", "default_dependent_system": "shop_system",
  "schema": {"type": "object", "required": ["cart_id"], "properties": {"cart_id": {"type": "integer"}}},
  "step_templates": [
    {"name": "publish_event", "depends_on_step": "create_order", "skippable": true},
    {"name": "fetch_cart", "handler_class": "FetchCart", "handler_config": {"url": "/carts"}},
    {"name": "fetch_products", "default_retry_limit": 5},
    {"name": "validate_products", "depends_on_steps": ["fetch_products", "fetch_cart"], "default_retryable": false},
    {"name": "create_order", "depends_on_step": "validate_products", "dependent_system": "ledger"}],
  "environments": {"test": {"step_templates": [{"name": "fetch_cart", "handler_config": {"slow": true}}]}}}');

-- Everything that is wrong, at once.
SELECT * FROM tasker_validate_template('{
  "nane": "order", "version": "1", "schema": {"type": "objekt"},
  "step_templates": [
    {"name": "fetch_cart"}, {"name": "fetch_cart", "retry": 3},
    {"name": "pay", "depends_on_step": "fetch_card"}, {"name": "a", "depends_on_steps": ["b"]},
    {"name": "b", "depends_on_steps": ["a"]}, {"name": "c", "depends_on_step": "c", "default_retry_limit": "3"}]}');
SELECT * FROM tasker_validate_template('[]');
SELECT template.file, problem.* FROM files AS template, tasker_validate_template(template.template) AS problem;
SELECT jsonb_path_query('{"step_templates": [{"name": 7}]}', path::jsonpath) AS there, problem
FROM tasker_validate_template('{"name": "x", "step_templates": [{"name": 7}]}');
SELECT * FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "a", "depends_on_step": "a"}, {"nam": "b"}]}');
SELECT tasker_validate_template(NULL);
SELECT tasker_register_task(NULL);
-- Nothing is left of it.
SELECT count(*) FROM tasker_named_tasks;

-- Registering is idempotent; versions stand side by side.
SELECT registered.* FROM files, tasker_register_task(template) AS registered;
SELECT registered.* FROM files, tasker_register_task(template) AS registered;
SELECT registered.* FROM files, tasker_register_task(template || '{"version": "0.10.0"}') AS registered;
SELECT registered.* FROM files, tasker_register_task(template || '{"version": "0.11.0-rc.1"}', 'test') AS registered;

SELECT namespace.name AS namespace, task.name, version, task.description, jsonb_typeof(configuration) AS configuration,
    task.created_at
FROM tasker_named_tasks AS task JOIN tasker_task_namespaces AS namespace USING (task_namespace_id) ORDER BY named_task_id;
CREATE VIEW steps AS
SELECT version, system.name AS system, step.name, skippable, default_retryable, default_retry_limit
FROM tasker_named_tasks_named_steps JOIN tasker_named_tasks USING (named_task_id)
JOIN tasker_named_steps AS step USING (named_step_id) JOIN tasker_dependent_systems AS system USING (dependent_system_id);
SELECT * FROM steps WHERE version = '0.9.0' ORDER BY name;
SELECT count(*) AS named_steps, count(DISTINCT name) AS names FROM tasker_named_steps;

-- One that says something else replaces that of its version.
SELECT registered.* FROM files, tasker_register_task(jsonb_set(template, '{step_templates}', '[
    {"name": "fetch_cart", "default_retry_limit": 9}, {"name": "pay", "depends_on_step": "fetch_cart"}]')) AS registered;
SELECT * FROM steps WHERE version = '0.9.0' ORDER BY name;

-- The latest by semantic versioning, or the one that is named.
SELECT tasker_template('order', 'shop') ->> 'version' AS latest, tasker_template('order', 'shop', '0.10.0') ->> 'version' AS named;
SELECT jsonb_pretty(tasker_template('order', 'shop', '0.9.0'));
SELECT tasker_template('order', 'shop') #> '{step_templates,1,handler_config}' AS in_test,
    tasker_template('order', 'shop', '0.10.0') #> '{step_templates,1,handler_config}' AS as_it_stands;
SELECT registered.* FROM tasker_register_task(tasker_template('order', 'shop')) AS registered;
SELECT key, value FROM jsonb_each(tasker_template_graph('order', 'shop')) WHERE key <> 'nodes';
SELECT value FROM jsonb_array_elements(tasker_template_graph('order', 'shop') -> 'nodes');

-- What is not there.
SELECT tasker_template('order');
SELECT tasker_template('ordr', 'shop');
SELECT tasker_template('zzz', 'shop');
SELECT tasker_template('order', 'shop', '1.0.0');
SELECT tasker_template(NULL);
-- A named task of the engine without a registered template, and a template that was changed by hand.
INSERT INTO tasker_named_tasks (name, task_namespace_id, created_at, updated_at) SELECT 'bare', 1, '2026-01-01', '2026-01-01';
SELECT tasker_template('bare', 'shop');
SELECT * FROM tasker_register_task('{"name": "bare", "namespace_name": "shop", "step_templates": [{"name": "only"}]}');
UPDATE tasker_named_tasks SET configuration = '{"step_templates": 7}' WHERE name = 'bare';
\set VERBOSITY sqlstate
SELECT tasker_template('bare', 'shop');
\set VERBOSITY default

-- Rights: those on the tables of the engine, no others.
CREATE ROLE templates_reader;
GRANT USAGE ON SCHEMA templates TO templates_reader;
GRANT SELECT ON tasker_named_tasks, tasker_task_namespaces TO templates_reader;
SET ROLE templates_reader;
SELECT tasker_template('order', 'shop', '0.9.0') ->> 'name' AS task_name;
SELECT * FROM tasker_register_task('{"name": "mine", "step_templates": [{"name": "only"}]}');
RESET ROLE;

-- The lines of docs/templates.md turn the engine's files into this JSON; the engine's example goes in as it is.
SELECT * FROM tasker_register_task('{
  "name": "api_task/integration_yaml_example", "module_namespace": "ApiTask", "task_handler_class": "IntegrationYamlExample",
  "concurrent": true, "default_dependent_system": "ecommerce_system",
  "named_steps": ["fetch_cart", "fetch_products", "validate_products", "create_order", "publish_event"],
  "schema": {"type": "object", "required": ["cart_id"], "properties": {"cart_id": {"type": "integer"}}},
  "step_templates": [
    {"name": "fetch_cart", "description": "Fetch cart details", "handler_class": "ApiTask::StepHandler::CartFetch",
     "handler_config": {"type": "api", "url": "http://localhost:8080/carts", "params": {"cart_id": 1}}},
    {"name": "fetch_products", "handler_class": "ApiTask::StepHandler::ProductsFetch", "handler_config": {"url": "/products"}},
    {"name": "validate_products", "handler_class": "ApiTask::StepHandler::ProductsValidate",
     "depends_on_steps": ["fetch_products", "fetch_cart"]},
    {"name": "create_order", "handler_class": "ApiTask::StepHandler::CreateOrder", "depends_on_step": "validate_products"},
    {"name": "publish_event", "handler_class": "ApiTask::StepHandler::PublishEvent", "depends_on_step": "create_order"}],
  "environments": {
    "development": {"step_templates": [{"name": "fetch_cart", "handler_config": {"url": "http://localhost:3000/api"}}]},
    "production": {"step_templates": [{"name": "fetch_cart", "handler_config": {"url": "https://api.example.com"}}]}}}',
  'production');
SELECT tasker_template('api_task/integration_yaml_example') #> '{step_templates,0,handler_config}' AS in_production;

DROP OWNED BY templates_reader;
DROP ROLE templates_reader;
DROP SCHEMA templates CASCADE;
