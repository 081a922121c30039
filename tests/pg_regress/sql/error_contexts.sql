-- What the CONTEXT of an error tells: the name of our statement and not its text, and all that is not ours.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA error_contexts;
SET search_path = error_contexts, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT skip_ids();
SELECT make_task(1, 1, 2, '{{1,2}}'), make_task(2, 11, 1), make_task(3, 21, 1);
SELECT tasker_register_task('{"name":"t","step_templates":[{"name":"a"},{"name":"b","depends_on_step":"a"}]}') IS NOT NULL AS registered;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 1);
\set SHOW_CONTEXT always

-- A constraint of the application's.
ALTER TABLE tasker_workflow_steps ADD CONSTRAINT small CHECK (length(results::text) < 20);
SELECT tasker_complete_step(1, '{"text": "this is too long"}', (SELECT (metadata ->> 'claim_token')::uuid FROM tasker_workflow_step_transitions WHERE workflow_step_id = 1 AND most_recent));
SELECT tasker_resolve_step(11, '{"text": "this is too long"}');
ALTER TABLE tasker_workflow_steps DROP CONSTRAINT small;
ALTER TABLE tasker_tasks ADD CONSTRAINT reasoned CHECK (reason <> 'unknown');
SELECT tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
ALTER TABLE tasker_tasks DROP CONSTRAINT reasoned;
-- A column without a value, not even from the trigger that may give one.
CREATE FUNCTION fill_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER fill_nothing BEFORE INSERT ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION fill_nothing();
ALTER TABLE tasker_workflow_steps ADD COLUMN tenant text;
UPDATE tasker_workflow_steps SET tenant = 'a';
ALTER TABLE tasker_workflow_steps ALTER COLUMN tenant SET NOT NULL;
SELECT tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
ALTER TABLE tasker_workflow_steps DROP COLUMN tenant;
DROP TRIGGER fill_nothing ON tasker_workflow_steps;
-- A trigger that raises, and one that calls a function which fails.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'not today' USING DETAIL = 'It is a holiday.', HINT = 'Come again.', CONSTRAINT = 'holiday';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT tasker_cancel_step(21);
SELECT tasker_transition_step(21, 'in_progress');
DROP TRIGGER refuse ON tasker_workflow_step_transitions;
CREATE TRIGGER refuse AFTER INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
-- In a function of the application's, and in a call of ours from a trigger of its own.
CREATE FUNCTION order_all() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
END $$;
SELECT order_all();
-- Deferred until the end of our work.
DROP TRIGGER refuse ON tasker_tasks;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON tasker_tasks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
DROP TRIGGER refuse ON tasker_tasks;
-- A trigger of ours that refuses what the application writes.
SET tasker_core.enforce_edges = enforce;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (2, 1, 'provides', '2026-01-01', '2026-01-01');
RESET tasker_core.enforce_edges;
-- Arguments that make no sense: nothing of the inside.
SELECT tasker_complete_step(4711);
SELECT tasker_create_task('t', '{}', options => '{"priority": "high"}');
SELECT tasker_create_task('u', '{}');
SELECT tasker_set_config('backoff', '{"mode": "quick"}');
-- A privilege that the caller lacks.
CREATE ROLE regress_error_contexts;
GRANT USAGE ON SCHEMA error_contexts TO regress_error_contexts;
GRANT SELECT ON ALL TABLES IN SCHEMA error_contexts TO regress_error_contexts;
GRANT UPDATE ON tasker_workflow_steps TO regress_error_contexts;
SET ROLE regress_error_contexts;
SELECT tasker_cancel_step(21);
SELECT tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
RESET ROLE;
DROP OWNED BY regress_error_contexts;
DROP ROLE regress_error_contexts;
-- A column of the engine's that was renamed: the error has no place in a text that the user has not written. Everything else of an
-- error stays.
\set SHOW_CONTEXT never
CREATE FUNCTION told(call text) RETURNS TABLE (part text, content text) LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text; context text; constraint_name text; table_name text; column_name text;
BEGIN
    EXECUTE 'SELECT FROM ' || call;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT, constraint_name = CONSTRAINT_NAME, table_name = TABLE_NAME, column_name = COLUMN_NAME;
    RETURN QUERY SELECT * FROM (VALUES ('state', SQLSTATE), ('message', message), ('detail', detail), ('hint', hint), ('context', context),
        ('constraint', constraint_name), ('table', table_name), ('column', column_name)) AS parts (part_name, part_content) WHERE part_content <> '';
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT * FROM told($$tasker_create_task('t', '{}')$$);
DROP TRIGGER refuse ON tasker_tasks;
ALTER TABLE tasker_workflow_step_transitions RENAME COLUMN metadata TO details;
SELECT part, content FROM told($$tasker_transition_step(21, 'in_progress')$$) WHERE part IN ('context', 'state');
ALTER TABLE tasker_workflow_step_transitions RENAME COLUMN details TO metadata;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA error_contexts CASCADE;
