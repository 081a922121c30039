-- Figures over a whole installation: health, analytics, what was slowest; and the engine's functions that they replace.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA insight;
SET search_path = insight, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT count(*) FILTER (WHERE action = 'created') AS created FROM tasker_replace_rails_functions();
SET tasker_core.fake_now = '2026-01-02 00:00:00+00';

-- An empty database: zeros, and rates of nothing.
SELECT to_jsonb(h) - '{active_connections,max_connections}'::text[] AS health FROM get_system_health_counts_v01() AS h;
SELECT to_jsonb(h) - '{active_connections,open_connections,max_connections,problems}'::text[] AS health FROM tasker_system_health() AS h;
SELECT a.* FROM tasker_analytics() AS a;
SELECT a.* FROM get_analytics_metrics_v01() AS a;
SELECT count(*) FROM get_slowest_tasks_v01();
SELECT count(*) FROM get_slowest_steps_v01();
SELECT count(*) FROM tasker_step_durations();
SELECT count(*) FROM tasker_task_durations();
SELECT count(*) FROM tasker_step_trends();

-- The assertions of the engine: two complete linear tasks, one pending, one that has failed.
SELECT make_task(id, id * 10, 6, '{{1,2},{2,3},{3,4},{4,5},{5,6}}') FROM generate_series(1, 4) AS id;
SELECT move_task(1, 'complete', '2026-01-01 12:10'), move_task(2, 'complete', '2026-01-01 12:20'),
    move_task(3, 'pending'), move_task(4, 'error', '2026-01-01 12:30');
SELECT count(move_step(step, 'in_progress', '2026-01-01 12:00')), count(move_step(step, 'complete', '2026-01-01 12:05'))
FROM (SELECT workflow_step_id AS step FROM tasker_workflow_steps WHERE task_id <= 2 ORDER BY 1) AS steps;
SELECT count(move_step(step, 'pending', '2026-01-01 12:00'))
FROM (SELECT workflow_step_id AS step FROM tasker_workflow_steps WHERE task_id >= 3 ORDER BY 1) AS steps;
SELECT move_step(40, 'error', '2026-01-01 12:30');
SET tasker_core.fake_now = '2026-01-01 12:30:00+00';
UPDATE tasker_workflow_steps SET attempts = 1, retry_limit = 3, last_attempted_at = '2026-01-01 12:30' WHERE workflow_step_id = 40;
SET tasker_core.fake_now = '2026-01-02 00:00:00+00';
CREATE VIEW engine AS
SELECT to_jsonb(h) - '{active_connections,max_connections}'::text[] AS counts FROM get_system_health_counts_v01() AS h;
CREATE VIEW ours AS
SELECT to_jsonb(h) - '{active_connections,open_connections,max_connections,problems}'::text[] AS counts FROM tasker_system_health() AS h;
SELECT jsonb_pretty(counts) FROM engine;
SELECT active_connections > 0 AS some_active, max_connections = current_setting('max_connections')::int AS right_maximum
FROM get_system_health_counts_v01();

-- What the engine counts wrong (R13): the wait of the failed step was over long ago.
SET tasker_core.rails_semantics = corrected;
SELECT counts -> 'in_backoff_steps' AS in_backoff FROM engine;
SET tasker_core.fake_now = '2026-01-01 12:30:01+00';
SELECT counts -> 'in_backoff_steps' AS in_backoff FROM engine;
SELECT counts -> 'in_backoff_steps' AS in_backoff FROM ours;
UPDATE tasker_workflow_steps SET backoff_request_seconds = 3600 WHERE workflow_step_id = 40;
SET tasker_core.fake_now = '2026-01-01 13:00:00+00';
SELECT counts -> 'in_backoff_steps' AS in_backoff FROM ours;
SET tasker_core.fake_now = '2026-01-02 00:00:00+00';
RESET tasker_core.rails_semantics;
-- Fresh tasks and steps are pending.
SELECT make_task(5, 50, 2);
SELECT counts -> 'pending_tasks' AS tasks, counts -> 'pending_steps' AS steps FROM engine;
SELECT counts -> 'pending_tasks' AS tasks, counts -> 'pending_steps' AS steps FROM ours;
-- A limit that is not set is three; a failure that must not be retried is in a bucket too.
SELECT move_step(50, 'error'), move_step(51, 'error');
UPDATE tasker_workflow_steps SET attempts = 1, retry_limit = NULL WHERE workflow_step_id = 50;
UPDATE tasker_workflow_steps SET attempts = 1, retry_limit = 3, retryable = false WHERE workflow_step_id = 51;
SELECT counts -> 'error_steps' AS failed, counts -> 'retryable_error_steps' AS retryable, counts -> 'exhausted_retry_steps' AS exhausted
FROM engine;
SELECT counts -> 'error_steps' AS failed, counts -> 'retryable_error_steps' AS retryable,
    counts -> 'exhausted_retry_steps' AS exhausted, counts -> 'permanent_error_steps' AS permanent FROM ours;
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 50;
SELECT counts -> 'retryable_error_steps' AS retryable, counts -> 'exhausted_retry_steps' AS exhausted FROM ours;
SET tasker_core.rails_semantics = corrected;
SELECT counts -> 'retryable_error_steps' AS retryable, counts -> 'exhausted_retry_steps' AS exhausted FROM engine;
RESET tasker_core.rails_semantics;
-- Cancelled and resolved are counted.
SELECT move_step(50, 'cancelled'), move_step(51, 'resolved_manually'), move_task(5, 'resolved_manually');
SELECT counts -> 'cancelled_steps' AS cancelled_steps, counts -> 'resolved_steps' AS resolved_steps, counts -> 'resolved_tasks' AS resolved_tasks
FROM ours;

-- Analytics: the engine counts a task by each of its steps (R15).
UPDATE tasker_tasks SET created_at = '2026-01-01 12:00';
UPDATE tasker_workflow_steps SET created_at = '2026-01-01 12:00';
SELECT move_step(41, 'complete', '2026-01-01 12:05');
\x on
SELECT a.* FROM get_analytics_metrics_v01('2026-01-01 00:00+00') AS a;
SELECT a.* FROM tasker_analytics('2026-01-01 00:00+00') AS a;
SET tasker_core.rails_semantics = corrected;
SELECT a.* FROM get_analytics_metrics_v01('2026-01-01 00:00+00') AS a;
RESET tasker_core.rails_semantics;
\x off
-- The score of the engine is always that of the last hour; ours is that of the period.
SELECT e.system_health_score AS engine, o.system_health_score AS ours
FROM get_analytics_metrics_v01('2026-01-01 00:00+00') AS e, tasker_analytics('2026-01-01 00:00+00') AS o;
-- The hour before now, unless told otherwise.
SELECT analysis_period_start, task_throughput FROM tasker_analytics();
SELECT analysis_period_start, task_throughput FROM tasker_analytics(NULL);

-- What was slowest: the engine's functions fail (R14), these do not.
UPDATE tasker_workflow_step_transitions SET created_at = '2026-01-01 12:15' WHERE workflow_step_id = 22 AND most_recent;
SELECT task_id, task_name, namespace, version, duration_seconds, step_count, completed_steps, error_steps, created_at, completed_at
FROM tasker_slowest_tasks('2026-01-01 00:00+00');
SELECT task_id, duration_seconds, step_count FROM get_slowest_tasks_v01('2026-01-01 00:00+00', 1);
SELECT workflow_step_id, task_id, step_name, task_name, namespace, version, duration_seconds, attempts, created_at,
    completed_at, retryable, step_status
FROM tasker_slowest_steps('2026-01-01 00:00+00', 3);
SELECT workflow_step_id, duration_seconds FROM get_slowest_steps_v01('2026-01-01 00:00+00', 2);
SELECT count(*) FROM tasker_slowest_steps('2026-01-01 00:00+00', NULL, 'default', 'order', '0.1.0');
SELECT count(*) FROM tasker_slowest_steps('2026-01-01 00:00+00', NULL, 'elsewhere');
SELECT count(*) FROM tasker_slowest_tasks('2026-01-01 00:00+00', NULL, NULL, 'no such task');
SELECT count(*) FROM tasker_slowest_tasks('2026-01-01 00:00+00', NULL, version => '9.9.9');
SELECT count(*) FROM tasker_slowest_tasks('2026-01-01 12:00+00');
SELECT count(*) FROM tasker_slowest_tasks(NULL, 0);
SELECT count(*) FROM tasker_slowest_tasks(NULL, -1);
SELECT task_name, step_name, executions, average_seconds, median_seconds, p95_seconds, longest_seconds
FROM tasker_step_durations('2026-01-01 00:00+00') ORDER BY step_name;

-- Times are UTC, whatever the session's zone.
SET TimeZone = 'America/Los_Angeles';
SELECT count(*) FROM tasker_slowest_tasks('2026-01-01 03:59:59');
SELECT count(*) FROM tasker_slowest_tasks('2026-01-01 04:00:00');
SELECT DISTINCT created_at FROM tasker_slowest_tasks('2026-01-01 00:00+00');
SELECT task_throughput FROM get_analytics_metrics_v01('2026-01-01 03:59:59');
RESET TimeZone;

-- What is beyond its share is a problem.
SELECT problems FROM tasker_system_health();
SELECT tasker_set_config('health', '{"max_error_task_share": 0.1, "max_error_step_share": 0.01}') > 0 AS set;
SELECT problems FROM tasker_system_health();
-- How far back the slowest are looked for.
SELECT count(*) FROM tasker_slowest_steps();
SELECT tasker_set_config('telemetry', '{"metrics_retention_hours": 1}') > 0 AS set;
SELECT count(*) FROM tasker_slowest_steps();
-- How long it takes, and whether it has become slower: ten seconds the day before, fifteen and twenty-five since.
SELECT count(*) FROM (SELECT make_task(id, id * 10, 1), move_step(id * 10, 'in_progress', began), move_step(id * 10, 'complete', began + took),
        move_task(id, 'in_progress', began), move_task(id, 'complete', '2026-01-03 00:00:00')
    FROM (VALUES (60, '2026-01-03 10:00:00'::timestamp, interval '10 seconds'), (61, '2026-01-03 11:00:00', '10 seconds'),
        (62, '2026-01-04 10:00:00', '15 seconds'), (63, '2026-01-04 11:00:00', '25 seconds')) AS run (id, began, took)) AS made;
SELECT task_name, step_name, executions, median_seconds, p95_seconds, earlier_executions, earlier_median_seconds, change_percent
FROM tasker_step_trends('2026-01-04 00:00+00', '2026-01-02 00:00+00');
SET tasker_core.fake_now = '2026-01-04 12:00:00+00';
SELECT step_name, executions, earlier_executions, change_percent FROM tasker_step_trends(compared_since => '2026-01-03 10:30+00');
SELECT step_name, executions, earlier_executions FROM tasker_step_trends();
SELECT count(*) FROM tasker_step_trends('2026-01-04 00:00+00', NULL, task_name => 'no such task');
SELECT count(*) FROM tasker_step_trends('2026-01-04 00:00+00', '2026-01-04 00:00+00');
SELECT task_name, version, tasks, average_seconds, median_seconds, longest_seconds FROM tasker_task_durations('2026-01-02 12:00+00');
SELECT count(*) FROM tasker_task_durations('2026-01-02 12:00+00', 'elsewhere');

-- Who may ask.
CREATE ROLE regress_operator;
GRANT USAGE ON SCHEMA insight TO regress_operator;
SET ROLE regress_operator;
SELECT total_tasks FROM tasker_system_health();
RESET ROLE;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges,
    tasker_workflow_step_transitions, tasker_named_steps TO regress_operator;
SET ROLE regress_operator;
SELECT total_tasks FROM tasker_system_health();
SELECT task_throughput FROM tasker_analytics('2026-01-01 00:00+00');
RESET ROLE;
GRANT SELECT ON tasker_named_tasks, tasker_task_namespaces TO regress_operator;
SET ROLE regress_operator;
SELECT task_throughput FROM tasker_analytics('2026-01-01 00:00+00');
RESET ROLE;
-- Row-level security: hidden rows are not in the figures.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON tasker_tasks FOR SELECT TO regress_operator USING (task_id = 4);
CREATE POLICY few ON tasker_workflow_steps FOR SELECT TO regress_operator USING (task_id = 4);
SET ROLE regress_operator;
SELECT total_tasks, error_tasks, total_steps, pending_steps, complete_steps, error_steps, retryable_error_steps, in_backoff_steps
FROM tasker_system_health();
SELECT total_tasks, error_tasks, total_steps, pending_steps, complete_steps, error_steps, retryable_error_steps, in_backoff_steps
FROM tasker_rails_get_system_health_counts_v01();
SELECT active_tasks_count, task_throughput, completion_count, error_count, step_throughput FROM tasker_analytics('2026-01-01 00:00+00');
SELECT active_tasks_count, task_throughput, completion_count, error_count, step_throughput
FROM tasker_rails_get_analytics_metrics_v01('2026-01-01 00:00+00');
SELECT task_id, step_count FROM tasker_slowest_tasks('2026-01-01 00:00+00');
SELECT workflow_step_id, task_id FROM tasker_slowest_steps('2026-01-01 00:00+00');
SELECT step_name, executions FROM tasker_step_durations('2026-01-01 00:00+00');
SELECT task_name, tasks FROM tasker_task_durations('2026-01-01 00:00+00');
SELECT step_name, executions, earlier_executions FROM tasker_step_trends('2026-01-01 00:00+00');
RESET ROLE;

SET client_min_messages = error;
DROP SCHEMA insight CASCADE;
DROP ROLE regress_operator;
