-- Sections that applications register: options with a schema of their own, which scopes, versions and imports know; and the
-- sections that stay in Rails.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA config_sections;
SET search_path = config_sections, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
\set SHOW_CONTEXT never

-- What stays in Rails is refused with the reason that an import gives.
SELECT tasker_set_config('auth', '{"strategy": "devise"}');
SELECT tasker_set_config('cache', '{}');
SELECT tasker_set_config('database', '{}');
SELECT tasker_set_config('engine', '{"task_handler_directory": "tasks", "finalise": "auto"}');
SELECT tasker_set_config('telemetry', '{"prometheus": {"endpoint": "x"}, "metrics_retention_hour": 1}');
SELECT tasker_set_config('execution', '{"batch_timeout_base_seconds": 30}');
SELECT * FROM tasker_config('auth');
SELECT * FROM tasker_config_history('auth');
SELECT tasker_config_schema('auth');
SELECT * FROM tasker_import_config('{"auth": {"strategy": "none"}}');
SELECT count(*) FROM tasker_core_config_versions;

-- A section of an application.
SELECT tasker_set_config('billing', '{"currency": "USD"}');
\set schema '{"type": "object", "additionalProperties": false, "required": ["rate"], "properties": {"currency": {"enum": ["EUR", "USD"], "default": "EUR", "description": "of new invoices"}, "rate": {"type": "number", "minimum": 0}, "limits": {"properties": {"daily": {"type": "integer", "default": 5}}}}}'
SELECT tasker_register_config_section('billing', :'schema', 'invoices of the shop');
SELECT tasker_register_config_section('billing', :'schema', 'invoices of the shop') AS unchanged;
SELECT config_section, kind, description, schema IS NOT NULL AS has_schema FROM tasker_config_sections();
SELECT tasker_config_schema('billing') = :'schema'::jsonb AS same, tasker_config_schema() -> 'properties' -> 'billing' = :'schema'::jsonb AS same_in_all;
SELECT tasker_config_schema('biling');
SELECT option_name, value, origin, default_value, description FROM tasker_config('billing');
-- Nothing is required of a scope that sets nothing.
SELECT tasker_set_config('billing', '{"limits": {"daily": 7}}', 'task:1');
SELECT tasker_set_config('billing', '{"rate": 0.2, "limits": {"daily": 6}}');
SELECT tasker_set_config('billing', '{"limits": {"daily": 7}}', 'task:1');
SELECT tasker_set_config('billing', '{"limits": {"daily": 8}, "currency": "USD"}', 'step_name:charge');
SELECT option_name, value, origin FROM tasker_config('billing', step_name => 'charge');
SELECT config_section, option_name, value, origin FROM tasker_config() WHERE config_section IN ('billing', 'telemetry');
-- What is wrong is said at once; a change for everything must leave narrower scopes right.
SELECT tasker_set_config('billing', '{"rate": -1, "currency": "DM", "colour": 1}');
SELECT tasker_set_config('billing', '{"rate": null}');
SELECT tasker_set_config('billing', '[]');
SELECT tasker_set_config('billing', '{"rate": 1e999}');
SELECT count(*) AS unchanged FROM tasker_core_config_versions;
-- An import takes it, with everything or not at all.
SELECT * FROM tasker_import_config('{"billing": {"rate": 0.3}, "backoff": {"buffer_seconds": 6}, "biling": {"rate": 1}}');
SELECT * FROM tasker_import_config('{"billing": {"rate": "x"}, "backoff": {"buffer_seconds": 7}}');
SELECT config_section, option_name, value FROM tasker_config() WHERE option_name IN ('rate', 'buffer_seconds');

-- Another schema must fit what is set; then it counts at once.
SELECT tasker_register_config_section('billing', '{"properties": {"rate": {"type": "integer"}}, "additionalProperties": false}');
SELECT tasker_register_config_section('billing', '{"properties": {"rate": {"type": "number"}}}') > 0 AS registered;
SELECT option_name, value, origin FROM tasker_config('billing');
SELECT config_section, kind, description FROM tasker_config_sections() WHERE kind = 'registered';
-- Back to the first schema, to earlier options, and to none.
SELECT version, config_scope, options -> 'description' AS description FROM tasker_config_history('billing', 'registration');
SELECT tasker_rollback_config(1);
SELECT option_name, value, default_value FROM tasker_config('billing') WHERE option_name = 'currency';
SELECT version, options FROM tasker_config_history('billing', 'global');
SELECT tasker_rollback_config(2);
SELECT tasker_set_config('billing', '{"rate": 1}', 'registration');
SELECT tasker_unregister_config_section('billing');
SELECT tasker_unregister_config_section('billing', force => true) > 0 AS unregistered;
SELECT tasker_set_config('billing', '{"rate": 1}');
SELECT * FROM tasker_config('billing');
SELECT section, scope FROM tasker_core_config WHERE section = 'billing';
SELECT count(*) > 5 AS still_told FROM tasker_config_history('billing');
SELECT tasker_rollback_config(2);
SELECT tasker_rollback_config(1) > 0 AS registered_again;
SELECT tasker_rollback_config(2) > 0 AS set_again;
SELECT option_name, value, origin FROM tasker_config('billing') WHERE origin <> 'default';
SELECT tasker_unregister_config_section('billing', NULL);
SELECT tasker_unregister_config_section(NULL);
SELECT tasker_unregister_config_section('backoff');
SELECT tasker_unregister_config_section('auth');

-- Names, and what is no schema.
SELECT tasker_register_config_section('health', '{}');
SELECT tasker_register_config_section('auth', '{}');
SELECT tasker_register_config_section('My Plugin', '{}');
SELECT tasker_register_config_section('', '{}');
SELECT tasker_register_config_section(NULL, '{}');
SELECT tasker_register_config_section('plugin', NULL);
SELECT tasker_register_config_section('plugin', '[]');
SELECT tasker_register_config_section('plugin', 'true');
SELECT tasker_register_config_section('plugin', '{"type": "colour"}');
SELECT tasker_register_config_section('plugin', '{"pattern": "("}');
SELECT tasker_register_config_section('plugin', '{"$ref": "https://example.com/schema"}');
-- Hostile ones get an answer, and never XX000: huge, deep, recursive, with patterns and references that explode.
CREATE FUNCTION answer(schema jsonb, options jsonb DEFAULT '{"a": 1}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
    PERFORM tasker_register_config_section('hostile', schema);
    PERFORM tasker_set_config('hostile', options);
    PERFORM count(*) FROM tasker_config('hostile');
    PERFORM tasker_unregister_config_section('hostile', force => true);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN format('%s %s', SQLSTATE, left(coalesce(nullif(detail, ''), SQLERRM), 100));
END $$;
SELECT answer(jsonb_build_object('properties', jsonb_object_agg('option_' || i, '{"type": "integer", "default": 1}'::jsonb)), '{"option_7": 8}') AS many_options
FROM generate_series(1, 4500) AS i;
SELECT answer(jsonb_build_object('enum', jsonb_agg(repeat('x', 100) || i))) AS many_words FROM generate_series(1, 50000) AS i;
SELECT answer((repeat('{"properties": {"a": ', 90) || '{}' || repeat('}}', 90))::jsonb, (repeat('{"a": ', 90) || '1' || repeat('}', 90))::jsonb) AS deep;
SELECT answer((repeat('{"not": ', 500) || '{}' || repeat('}', 500))::jsonb) AS deeper;
SELECT answer((repeat('{"not": ', 600) || '{}' || repeat('}', 600))::jsonb) AS deepest;
SELECT answer('{"$ref": "#"}') AS itself, answer('{"anyOf": [{"$ref": "#"}, true]}') AS itself_or_not;
SELECT answer('{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}') AS one_another;
SELECT answer('{"properties": {"a": {"$ref": "#"}}}', (repeat('{"a": ', 500) || '1' || repeat('}', 500))::jsonb) AS recursive_too_deep;
SELECT answer('{"properties": {"a": {"$ref": "#"}}}', (repeat('{"a": ', 100) || '1' || repeat('}', 100))::jsonb) AS recursive;
SELECT answer('{"properties": {"a": {"pattern": "^(a+)+$"}}}', jsonb_build_object('a', repeat('a', 100000) || '!')) AS backtracking;
SELECT answer('{"properties": {"a": {"pattern": "(a{1000}){1000}"}}}', '{"a": "a"}') AS long_pattern;
SELECT answer(jsonb_build_object('$ref', '#/$defs/d1', '$defs', jsonb_object_agg('d' || i,
    CASE WHEN i < 4500 THEN jsonb_build_object('$ref', '#/$defs/d' || i + 1) ELSE '{}'::jsonb END)), '{"a": 1}') AS long_chain
FROM generate_series(1, 4500) AS i;
SELECT answer(jsonb_build_object('$defs', jsonb_object_agg('d' || i, '{}'::jsonb))) AS too_many FROM generate_series(1, 100000) AS i;
SELECT answer(jsonb_build_object('patternProperties', jsonb_object_agg('a{' || i || '}', true))) AS too_many_patterns FROM generate_series(1, 1000) AS i;
SELECT answer(jsonb_build_object('$ref', '#/$defs/d1', '$defs', jsonb_object_agg('d' || i,
    CASE WHEN i < 40 THEN jsonb_build_object('allOf', jsonb_build_array(jsonb_build_object('$ref', '#/$defs/d' || i + 1), jsonb_build_object('$ref', '#/$defs/d' || i + 1)))
        ELSE '{"maxProperties": 100}'::jsonb END)), '{"a": 1}') AS doubling
FROM generate_series(1, 40) AS i;
SELECT answer('{"additionalProperties": {"$ref": "#"}, "patternProperties": {".": {"$ref": "#"}}}', (repeat('{"a": ', 60) || '1' || repeat('}', 60))::jsonb) AS doubling_below;
-- Values that were stored past the checks.
UPDATE tasker_core_config SET options = '{"schema": {"type": "colour"}}' WHERE scope = 'registration';
INSERT INTO tasker_core_config_versions (version, section, scope, options, changed_at, changed_by)
SELECT max(version) + 1, 'billing', 'registration', '{}', '2026-01-01', 'stranger' FROM tasker_core_config_versions;
SELECT tasker_set_config('billing', '{"rate": 1}');
UPDATE tasker_core_config SET options = '{"schema": 1}' WHERE scope = 'registration';
INSERT INTO tasker_core_config_versions (version, section, scope, options, changed_at, changed_by)
SELECT max(version) + 1, 'billing', 'registration', '{}', '2026-01-01', 'stranger' FROM tasker_core_config_versions;
SELECT * FROM tasker_config('billing');
SELECT tasker_set_config('billing', '{"rate": 1}');
SELECT count(*) > 0 AS others_work FROM tasker_config('backoff');
SELECT tasker_register_config_section('billing', '{}') > 0 AS mended;

-- Who may: as for the rest of the configuration; under row-level security only roles that see all rows.
CREATE ROLE regress_config_sections;
GRANT USAGE ON SCHEMA config_sections TO regress_config_sections;
SET ROLE regress_config_sections;
SELECT * FROM tasker_config_sections();
SELECT tasker_config_schema('billing');
SELECT tasker_config_schema('engine') IS NOT NULL AS needs_nothing;
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA config_sections TO regress_config_sections;
REVOKE ALL ON tasker_core_config, tasker_core_config_versions FROM regress_config_sections;
SET ROLE regress_config_sections;
SELECT count(*) FROM tasker_config_sections();
SELECT tasker_register_config_section('plugin', '{}');
SELECT tasker_unregister_config_section('billing');
RESET ROLE;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA config_sections TO regress_config_sections;
REVOKE ALL ON tasker_core_config, tasker_core_config_versions FROM regress_config_sections;
SET ROLE regress_config_sections;
SELECT tasker_register_config_section('plugin', '{}') > 0 AS registered;
SELECT tasker_unregister_config_section('plugin') > 0 AS unregistered;
RESET ROLE;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON tasker_tasks USING (task_id % 2 = 0);
SET ROLE regress_config_sections;
SELECT count(*) AS readable FROM tasker_config_sections();
SELECT DISTINCT config_scope FROM tasker_config_history('billing') ORDER BY 1;
SELECT tasker_register_config_section('plugin', '{}');
SELECT tasker_unregister_config_section('billing', force => true);
SELECT tasker_set_config('billing', '{"rate": 1}');
RESET ROLE;
DROP OWNED BY regress_config_sections;
DROP ROLE regress_config_sections;

-- Two options of one path: a schema must not describe them, and they cannot be set.
SELECT tasker_register_config_section('twice', '{"properties": {"a.b": {"type": "integer"}, "a": {"properties": {"b": {"default": 1}}}}}');
SELECT tasker_register_config_section('twice', '{"properties": {"c.d": {}, "a": {"properties": {"b": {"properties": {"c": {}}}, "d": {}}}}}') > 0 AS registered;
SELECT tasker_set_config('twice', '{"a.b": 2, "a.b.c": 1, "c.d": 3}');
SELECT tasker_set_config('twice', '{"a": {"b.c": 2}}', 'step_name:charge');
SELECT tasker_set_config('twice', '{"a.b": 2, "c.d": 3}') > 0 AS set;
SELECT tasker_register_config_section('twice', '{"properties": {"a": {"properties": {"b": {}}}}}');
SELECT option_name, value, origin FROM tasker_config('twice');
SELECT tasker_unregister_config_section('twice', force => true) > 0 AS unregistered;

-- Long lists in a schema, applied to many elements: refused before it takes minutes that nothing can cancel.
SELECT count(*) FROM unnest('{required,enum}'::text[]) AS keyword,
    LATERAL tasker_register_task(jsonb_build_object('name', 'long_' || keyword, 'step_templates', '[{"name": "a"}]'::jsonb,
    'schema', jsonb_build_object('properties', jsonb_build_object('x', jsonb_build_object('items', jsonb_build_object(keyword,
        (SELECT jsonb_agg('v' || g) FROM generate_series(1, 10000) AS g))))))) AS registered;
SELECT task_id FROM tasker_create_task('long_required', jsonb_build_object('x', (SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 10000))));
SELECT task_id FROM tasker_create_task('long_enum', jsonb_build_object('x', (SELECT jsonb_agg('v9999'::text) FROM generate_series(1, 10000))));
SELECT count(*) FROM tasker_create_task('long_enum', '{"x": ["v1", "v10000"]}');
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA config_sections CASCADE;
