-- What is registered or asked for again uses up no ids: the engine's sequences are of integers.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA template_ids;
SET search_path = template_ids, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
-- How far the sequences have come since the last look.
CREATE TABLE seen AS SELECT sequencename AS sequence, coalesce(last_value, 0) AS last FROM pg_sequences WHERE schemaname = 'template_ids';
CREATE FUNCTION used_up() RETURNS TABLE (sequence text, ids bigint) LANGUAGE sql AS $$
    WITH now AS (
        SELECT s.sequencename, coalesce(s.last_value, 0) AS last FROM pg_sequences AS s WHERE s.schemaname = 'template_ids'
    ), moved AS (
        UPDATE seen SET last = now.last FROM now WHERE now.sequencename = seen.sequence AND now.last <> seen.last
        RETURNING seen.sequence, now.last
    )
    SELECT moved.sequence, moved.last - seen.last FROM moved JOIN seen USING (sequence) ORDER BY 1
$$;
\set one '{"name": "t", "step_templates": [{"name": "a"}, {"name": "b", "depends_on_step": "a"}, {"name": "c"}]}'
SELECT created, changed FROM tasker_register_task(:'one');
SELECT * FROM used_up();
SELECT created, changed FROM tasker_register_task(:'one');
SELECT created, changed FROM tasker_register_task(:'one');
SELECT * FROM used_up();
-- One more step, and another default: one id of each table of names.
SELECT created, changed FROM tasker_register_task('{"name": "t", "step_templates": [{"name": "a", "default_retry_limit": 7}, {"name": "b", "depends_on_step": "a"}, {"name": "c"}, {"name": "d"}]}');
SELECT * FROM used_up();
SELECT named_step_id, default_retry_limit FROM tasker_named_tasks_named_steps ORDER BY 1;
-- Another description alone.
SELECT created, changed FROM tasker_register_task('{"name": "t", "description": "better", "step_templates": [{"name": "a"}]}');
SELECT * FROM used_up();
SELECT named_step_id, default_retry_limit FROM tasker_named_tasks_named_steps ORDER BY 1;
-- Another version shares the names of its steps.
SELECT created, changed FROM tasker_register_task('{"name": "t", "version": "2.0.0", "step_templates": [{"name": "a"}]}');
SELECT * FROM used_up();

-- Tasks with an identity that is there.
SELECT created FROM tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
SELECT * FROM used_up();
SELECT created FROM tasker_create_task('t', '{}', options => '{"identity_key": "k"}');
SELECT * FROM used_up();
-- Steps that are added, of a name that is there.
SELECT task_id AS t FROM tasker_find_tasks() \gset
SELECT created FROM tasker_add_steps(:t, '[{"name": "c"}]');
SELECT * FROM used_up();
SELECT created FROM tasker_add_steps(:t, '[{"name": "c"}]');
SELECT * FROM used_up();
-- Annotations, of a type that is there the second time.
SELECT tasker_annotate_task(:t, 'note', '{}') IS NOT NULL AS noted;
SELECT * FROM used_up();
SELECT tasker_annotate_task(:t, 'note', '{}') IS NOT NULL AS noted;
SELECT * FROM used_up();
-- The test kit, and settings, which have no sequences.
SET tasker_core.testkit = on;
SELECT count(*) FROM tasker_testkit_task('linear');
SELECT sequence FROM used_up();
SELECT count(*) FROM tasker_testkit_task('linear');
SELECT sequence FROM used_up();
SELECT count(*) FROM tasker_set_config('backoff', '{"max_retry_after_seconds": 60}'), tasker_set_limit('namespace', 'default', max_running => 5);
SELECT count(*) FROM tasker_set_config('backoff', '{"max_retry_after_seconds": 60}'), tasker_set_limit('namespace', 'default', max_running => 5);
SELECT * FROM used_up();
DROP SCHEMA template_ids CASCADE;
