-- Searching histories: of steps and of tasks, by what they lead to, when, by metadata, attempts and retries; and their statistics.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA find_transitions;
SET search_path = find_transitions, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 10, 1), make_task(2, 20, 1);

-- Step 10 fails once, is let run again, is given back once, and completes; step 20 begins as the engine writes it.
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
SELECT count(*) FROM tasker_fail_step(10, '{"message": "no answer", "class": "Timeout"}', claim_token => :'token');
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT count(*) FROM tasker_retry_step(10, 'it is up again');
SET tasker_core.fake_now = '2026-01-01 12:01:30+00';
SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
SELECT tasker_release_step(10, :'token', 'shutting down');
SET tasker_core.fake_now = '2026-01-01 12:02:00+00';
SELECT claim_token AS token FROM tasker_claim_steps('w', task_id => 1) \gset
SELECT count(*) FROM tasker_complete_step(10, '{}', :'token');
SELECT move_step(20, 'in_progress', '2026-01-01 12:03:00');

SELECT workflow_step_id AS step, from_state, to_state, event, entered_at, since_previous, attempt, is_retry, is_current
FROM tasker_find_transitions();
SELECT task_id, workflow_step_id, namespace, task_name, version, step_name, from_state, to_state, event, entered_at, is_current
FROM tasker_find_transitions('task');
SELECT DISTINCT namespace, task_name, version, step_name FROM tasker_find_transitions() ORDER BY 4;

CREATE FUNCTION found(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    EXECUTE format('SELECT string_agg(coalesce(from_state, ''-'') || ''>'' || to_state, '' '') FROM tasker_find_transitions(%s)', arguments) INTO found;
    RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
SELECT arguments, found(arguments) FROM unnest(ARRAY[
    'task_id => 2', 'workflow_step_id => 10', 'to_states => ''{error,complete}''', 'to_states => ''{}''',
    'since => ''2026-01-01 12:02:00+00''', 'until => ''2026-01-01 12:01:00+00''', 'since => ''-infinity'', until => ''infinity'', max_rows => 1',
    'metadata => ''{"triggered_by": "retry_step"}''', 'metadata => ''{"reason": "shutting down"}''', 'metadata => ''{}'', max_rows => 2',
    'metadata_key => ''reason''', 'attempt => 2', 'attempt => 9', 'retries => true', 'retries => false, task_id => 2',
    'namespace => ''default'', task_name => ''order'', step_name => ''step_1'', max_rows => 2', 'namespace => ''nowhere''', 'step_name => ''step_2''',
    'max_rows => 0', 'max_rows => -1', '''steps''', 'NULL', '''task'', step_name => ''step_1''', '''task'', attempt => 1', '''task'', to_states => ''{complete}'''
]) AS arguments;
-- Pages.
SELECT string_agg(to_state, ' ') AS first, min(transition_id) AS last FROM tasker_find_transitions(max_rows => 3) \gset
SELECT :'first' AS first, string_agg(to_state, ' ') AS second FROM tasker_find_transitions(after_id => :last, max_rows => 3);

SET tasker_core.fake_now = '2026-01-01 13:00:00+00';
SELECT * FROM tasker_transition_stats();
SELECT from_state, to_state, transitions FROM tasker_transition_stats('task', until => '2026-01-01 12:02:00+00');
SELECT count(*) FROM tasker_transition_stats(since => '2026-01-01 12:03:00.000001+00');
SELECT from_state, to_state, transitions FROM tasker_transition_stats(task_name => 'order', step_name => 'step_1', since => '2026-01-01 12:02:00+00');
SELECT * FROM tasker_transition_stats('task', step_name => 'step_1');

-- What others have written: no metadata, numbers that are none, times that never end.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, metadata, created_at, updated_at)
SELECT 20, 'pending', 100 + n, false, metadata::jsonb, time::timestamp, '2026-01-01'
FROM (VALUES (1, NULL, '2026-01-01'), (2, '{"attempt_number": 1e30}', 'infinity'), (3, '{"attempt_number": "2"}', '-infinity'),
    (4, '[1]', '2026-01-02'), (5, '{"attempt_number": 1.4}', '2026-01-03')) AS odd (n, metadata, time);
SELECT from_state, to_state, event, entered_at, since_previous, attempt, metadata FROM tasker_find_transitions(task_id => 2);
SELECT count(*) FROM tasker_transition_stats(since => '-infinity');

-- The token of a claim is for those who may write steps; rows are for those who may see them.
CREATE ROLE find_transitions_reader;
GRANT USAGE ON SCHEMA find_transitions TO find_transitions_reader;
SET ROLE find_transitions_reader;
SELECT count(*) FROM tasker_find_transitions();
SELECT count(*) FROM tasker_transition_stats('task');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA find_transitions TO find_transitions_reader;
SELECT count(*) FROM tasker_find_transitions() WHERE metadata ? 'claim_token';
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY second ON tasker_tasks USING (task_id = 2);
SET ROLE find_transitions_reader;
SELECT DISTINCT task_id FROM tasker_find_transitions();
SELECT DISTINCT task_id FROM tasker_find_transitions('task');
SELECT from_state, to_state, transitions, subjects FROM tasker_transition_stats(until => '2026-01-01 12:04:00+00', since => '2026-01-01 12:00:00+00');
RESET ROLE;
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
SET ROLE find_transitions_reader;
SELECT count(*) FROM tasker_find_transitions() WHERE metadata ? 'claim_token';
-- Metadata that are no object have no token.
RESET ROLE;
UPDATE tasker_workflow_step_transitions SET metadata = '"claim_token"' WHERE workflow_step_id = 20 AND sort_key = 101;
UPDATE tasker_workflow_step_transitions SET metadata = '["claim_token"]' WHERE workflow_step_id = 20 AND sort_key = 102;
SET ROLE find_transitions_reader;
SELECT metadata FROM tasker_find_transitions(metadata => '["claim_token"]');
SELECT metadata FROM tasker_step_history(20) WHERE jsonb_typeof(metadata) <> 'object' ORDER BY sort_key;
RESET ROLE;
DROP OWNED BY find_transitions_reader;
DROP ROLE find_transitions_reader;
DROP SCHEMA find_transitions CASCADE;
