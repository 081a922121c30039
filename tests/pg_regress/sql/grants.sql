-- The scripts of docs/security.md for a monitor, a producer, a worker and an operator: each may call what it is meant to call,
-- and answers 42501 to everything else. Every function is called, found in the catalog.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set setup :abs_srcdir /calls_setup.sql
\set security :abs_srcdir /../../docs/security.md
\setenv SECURITY :security
\set sql_of_page :abs_srcdir /sql_of_page.sh
\setenv SQL_OF_PAGE :sql_of_page
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA app;
SET search_path = app, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT tasker_register_config_section('plugin', '{}') > 0 AS registered;
\set ECHO none
\i :setup
\set ECHO all

-- The scripts, as the page shows them.
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### Once for a database'`
:script
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### A monitor'`
:script
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### A producer'`
:script
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### A worker'`
:script
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### An operator'`
:script
-- Nothing on side tables.
SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants
WHERE table_schema = 'app' AND table_name LIKE 'tasker\_core\_%' AND grantee LIKE 'app\_%';

-- A consumer of the event stream that each of them may use.
SELECT tasker_subscribe('mail', role => 'app_monitor') AS is_new;
SELECT tasker_publish_event(1, NULL, 'order.paid') AS is_kept;
-- A schedule of the producer's.
SET ROLE app_producer;
SELECT created FROM tasker_schedule('nightly', 't', '@daily');
RESET ROLE;
SELECT position FROM tasker_read_events('mail') \gset
CREATE TABLE called AS SELECT signature, split_part(signature, '(', 1) AS function, call FROM calls((SELECT jsonb_object_agg(name, value) FROM (VALUES
    ('task_id', '1'), ('workflow_step_id', '201'),
    ('tasker_complete_step.workflow_step_id', :'step'), ('tasker_fail_step.workflow_step_id', :'step'),
    ('tasker_release_step.workflow_step_id', :'step'), ('tasker_complete_steps.workflow_step_ids', '''{' || :'step' || '}''::bigint[]'),
    ('tasker_complete_and_claim.workflow_step_id', :'step'),
    ('task_ids', '''{1,2}''::bigint[]'), ('input_task_id', '1'), ('input_task_ids', '''{1,2}''::bigint[]'),
    ('workflow_step_ids', '''{101,201}''::bigint[]'),
    ('claim_token', quote_literal(:'token') || '::uuid'), ('claim_tokens', quote_literal('{' || :'token' || '}') || '::uuid[]'),
    ('results', '''{}''::jsonb'), ('tasker_complete_steps.results', 'NULL'), ('error', '''{}''::jsonb'),
    ('steps', '''[{"name": "more", "depends_on": ["step_1"]}]''::jsonb'),
    ('from_step', '''step_1'''), ('worker', '''worker'''), ('scheduler', '''scheduler'''),
    ('annotation_type', '''note'''), ('annotation', '''{}''::jsonb'), ('to_state', '''pending'''),
    ('tasker_transition_task.task_id', '3'), ('tasker_transition_task.to_state', '''in_progress'''), ('force', 'true'),
    ('name', '''t'''), ('tasker_create_task.task_name', '''t'''), ('tasker_template.task_name', '''t'''), ('tasker_template_graph.task_name', '''t'''), ('context', '''{}''::jsonb'), ('requests', '''[{"task_name": "t", "context": {}}]''::jsonb'),
    ('condition', '''exhausted'''), ('older_than', '''1 hour'''), ('dry_run', 'false'), ('document', '''{"backoff": {"buffer_seconds": 2}}''::jsonb'),
    ('scope', '''task_name'''), ('tasker_set_config.scope', '''global'''), ('tasker_import_config.scope', '''global'''),
    ('tasker_config_history.scope', 'NULL'), ('section', '''backoff'''), ('tasker_register_config_section.section', '''plugin'''),
    ('tasker_unregister_config_section.section', '''plugin'''), ('schema', '''{"type": "object"}''::jsonb'),
    ('options', '''{}''::jsonb'), ('template', '''{"name":"u","step_templates":[{"name":"a"}]}''::jsonb'),
    ('environment', '''production'''), ('tasker_rollback_config.version', '1'), ('retry_limit', '7'), ('priority', '5'),
    ('max_running', '1'), ('attempt', '1'), ('header', '''1'''), ('now', '''2026-01-01'''), ('pattern', '''chain 2'''),
    ('state', '''error'''), ('tasker_testkit_random_task.steps', '3'), ('tasker_signal.name', '''go'''), ('target_schema', '''app'''),
    ('tasker_schedule.name', '''mine'''), ('tasker_schedule.template', '''t'''), ('cron', '''@daily'''), ('tasker_unschedule.name', '''none'''),
    ('tasker_pause_schedule.name', '''nightly'''), ('tasker_resume_schedule.name', '''nightly'''), ('tasker_trigger_schedule.name', '''nightly'''),
    ('consumer', '''mail'''), ('up_to', quote_literal(:'position')), ('tasker_publish_event.name', '''order.paid'''),
    ('tasker_publish_event.workflow_step_id', :'step')
) AS given (name, value))) WHERE signature NOT LIKE '\_%';
SELECT signature, call FROM called WHERE call LIKE '%$%' ORDER BY 1;
GRANT SELECT ON called TO app_monitor;
-- What comes of a call, which is undone in any case.
CREATE FUNCTION tried(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || call;
    RAISE SQLSTATE 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    RETURN 'done';
WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
SET ROLE app_monitor;
SELECT jsonb_object_agg(function, tried(call)) AS monitor FROM called \gset
SET ROLE app_producer;
SELECT jsonb_object_agg(function, tried(call)) AS producer FROM called \gset
SET ROLE app_worker;
SELECT jsonb_object_agg(function, tried(call)) AS worker FROM called \gset
SET ROLE app_operator;
SELECT jsonb_object_agg(function, tried(call)) AS operator FROM called \gset
RESET ROLE;
SELECT function, :'monitor'::jsonb ->> function AS monitor, :'producer'::jsonb ->> function AS producer,
    :'worker'::jsonb ->> function AS worker, :'operator'::jsonb ->> function AS operator
FROM called ORDER BY 1;
-- A role that may execute a function gets an answer from it, unless it is for owners (42501); another role gets 42501.
SELECT function, role, answer
FROM called
CROSS JOIN LATERAL (VALUES ('app_monitor', :'monitor'::jsonb ->> function), ('app_producer', :'producer'::jsonb ->> function),
    ('app_worker', :'worker'::jsonb ->> function), ('app_operator', :'operator'::jsonb ->> function)) AS tried (role, answer)
WHERE answer <> CASE WHEN has_function_privilege(role, signature, 'EXECUTE') THEN 'done' ELSE '42501' END ORDER BY 1, 2;

-- A life of a task, each part by the role for it.
SET ROLE app_producer;
SELECT task_id AS task FROM tasker_create_task('t', '{}') \gset
SET ROLE app_worker;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => :task) \gset
SELECT exhausted FROM tasker_fail_step(:step, '{"message": "no"}', retryable => false, claim_token => :'token');
SET ROLE app_operator;
SELECT state FROM tasker_reset_step(:step);
SET ROLE app_worker;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => :task) \gset
SELECT task_state FROM tasker_complete_step(:step, '{}', :'token');
SET ROLE app_monitor;
SELECT execution_status FROM tasker_task_context(:task);
SET ROLE app_operator;
SELECT deleted_steps FROM tasker_delete_task(:task);
RESET ROLE;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA app CASCADE;
DROP OWNED BY app_monitor, app_producer, app_worker, app_operator;
DROP ROLE app_monitor, app_producer, app_worker, app_operator;
\set script `sh "$SQL_OF_PAGE" "$SECURITY" '### Once for a database' | sed 's/^REVOKE/GRANT/; s/^FROM PUBLIC/TO PUBLIC/'`
:script
