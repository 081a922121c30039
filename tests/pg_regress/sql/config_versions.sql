-- What surrounds stored settings: versions and the way back, contradictions, schema, presets, and the advice on concurrency.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA config_versions;
SET search_path = config_versions, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- Every change is kept, and may be gone back to.
SELECT tasker_set_config('execution', '{"min_concurrent_steps": 2}');
SELECT tasker_set_config('execution', '{"max_concurrent_steps_limit": 40}');
SELECT tasker_set_config('execution', '{"max_concurrent_steps_limit": 50}', 'namespace:default');
SELECT tasker_rollback_config(1);
SELECT version, config_section, config_scope, options, changed_at FROM tasker_config_history();
SELECT version FROM tasker_config_history('execution', 'namespace:default');
SELECT version FROM tasker_config_history('backoff');
SELECT count(*) FILTER (WHERE changed_by = session_user) AS mine FROM tasker_config_history();
SELECT option_name, value, origin FROM tasker_config('execution') WHERE origin <> 'default';
-- Back to nothing, and forth again.
SELECT tasker_set_config('execution', '{"max_concurrent_steps_limit": null}', 'namespace:default');
SELECT tasker_rollback_config(3);
SELECT scope, options, version FROM tasker_core_config ORDER BY scope;
\set SHOW_CONTEXT never
SELECT tasker_rollback_config(99);
SELECT tasker_rollback_config(NULL);
SELECT * FROM tasker_config_history('colours');
SELECT * FROM tasker_config_history(scope => 'everything');

-- Options that contradict each other, also across the scopes that are known to meet.
SELECT tasker_set_config('execution', '{"min_concurrent_steps": 13}');
SELECT tasker_set_config('execution', '{"max_concurrent_steps_limit": 1}', 'task:1');
SELECT tasker_set_config('dependency_graph', '{"severity_thresholds": {"medium": 60}}');
-- A version that is no longer valid: it was written by hand.
INSERT INTO tasker_core_config_versions (version, section, scope, options, changed_at, changed_by)
VALUES (100, 'backoff', 'global', '{"mode": "quick"}', '2026-01-01', 'stranger');
SELECT tasker_rollback_config(100);
SELECT count(*) AS unchanged FROM tasker_core_config_versions;

-- The schema of one section, and of all of them.
SELECT jsonb_pretty(tasker_config_schema('engine'));
SELECT tasker_config_schema() -> 'properties' -> 'backoff' -> 'properties' -> 'jitter_max_percentage' AS an_option;
SELECT string_agg(section, ', ' ORDER BY section) AS sections
FROM jsonb_object_keys(tasker_config_schema() -> 'properties') AS section;
SELECT tasker_config_schema('engin');

-- Presets are taken as they are.
SELECT jsonb_pretty(tasker_config_preset('production'));
SELECT section, tasker_set_config(section, options) IS NOT NULL AS set
FROM unnest(ARRAY['development', 'test', 'production']) AS environment,
    jsonb_each(tasker_config_preset(environment)) AS preset (section, options);
SELECT option_name, value FROM tasker_config() WHERE origin = 'global' ORDER BY 1;
SELECT tasker_config_preset('prod');
SELECT tasker_config_preset('staging');
SELECT tasker_config_preset(NULL);

-- The engine's own configuration: what becomes of each option.
SELECT * FROM tasker_import_config('{"backoff": {"default_backoff_seconds": [3, 9], "max_backoff_seconds": 60, "reenqueue_delays": {"processing": 7}},
    "execution": {"max_concurrent_steps_limit": 30, "batch_timeout_base_seconds": 30, "concurrency_cache_duration": 30},
    "engine": {"task_handler_directory": "tasks"}, "cache": {"default_ttl": 300}, "colours": {"red": 1}}', 'namespace:default');
SELECT section, options FROM tasker_core_config WHERE scope = 'namespace:default' ORDER BY section;
SELECT * FROM tasker_import_config('{"backoff": {"buffer_seconds": 1}, "execution": {"min_concurrent_steps": 0}}');
SELECT * FROM tasker_import_config('{"execution": {"min_concurrent_steps": 30}, "backoff": {"buffer_seconds": 1}}');
SELECT * FROM tasker_import_config('[]');
SELECT * FROM tasker_import_config(NULL);
SELECT * FROM tasker_import_config('{}', NULL);
SELECT value FROM tasker_config('backoff') WHERE option_name = 'buffer_seconds';

-- Advice on concurrency: by counts, by what there is, by connections.
DELETE FROM tasker_core_config;
DELETE FROM tasker_core_config_versions;
SELECT make_task(1, 1, 10);
SELECT tasker_recommended_concurrency(active_tasks => active, total_tasks => 100, active_steps => active, total_steps => 100)
FROM unnest(ARRAY[0, 30, 31, 60, 61]) AS active;
SELECT tasker_recommended_concurrency() AS all_is_pending;
SELECT move_step(step, 'in_progress'), move_step(step, 'complete') FROM generate_series(1, 9) AS step;
SELECT tasker_recommended_concurrency() AS one_of_ten_steps;
SELECT tasker_recommended_concurrency(20, 12, NULL, 0, 100, 0, 100) AS moderate,
    tasker_recommended_concurrency(100, 80, NULL, 0, 100, 0, 100) AS high,
    tasker_recommended_concurrency(100, 95, NULL, 0, 100, 0, 100) AS critical,
    tasker_recommended_concurrency(10, NULL, NULL, 0, 100, 0, 100) AS idle;
SELECT tasker_set_config('execution', '{"min_concurrent_steps": 1, "max_concurrent_steps_limit": 2}', 'task_name:order') > 0 AS set;
SELECT tasker_recommended_concurrency(NULL, NULL, 1, 0, 100, 0, 100) AS of_task_1;
SELECT tasker_recommended_concurrency(busy_connections => 1);

-- A role that may only read.
CREATE ROLE regress_config_versions;
GRANT USAGE ON SCHEMA config_versions TO regress_config_versions;
SET ROLE regress_config_versions;
SELECT count(*) FROM tasker_config_history();
SELECT tasker_recommended_concurrency();
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA config_versions TO regress_config_versions;
SET ROLE regress_config_versions;
SELECT count(*) > 0 AS readable FROM tasker_config_history();
SELECT tasker_recommended_concurrency() > 0 AS readable;
SELECT tasker_rollback_config(1);
RESET ROLE;
DROP OWNED BY regress_config_versions;
DROP ROLE regress_config_versions;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA config_versions CASCADE;
