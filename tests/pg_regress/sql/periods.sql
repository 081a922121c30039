-- What is made of the tasks and steps of a period, against figures made naively of the Tasker tables: of a short period,
-- found through indexes, of most of a large one, found by scans, without our indexes, and under row-level security.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA periods;
SET search_path = periods, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.testkit = on;
SELECT count(*) > 0 AS made FROM tasker_testkit_dataset(2500, seed => 7);
SELECT count(*) FROM tasker_tasks;
-- A task each minute, a step some seconds later, its last transition some seconds after that.
UPDATE tasker_tasks SET created_at = '2026-01-01'::timestamp + task_id * interval '1 minute';
UPDATE tasker_workflow_steps AS step SET created_at = task.created_at + step.workflow_step_id % 7 * interval '1 second'
FROM tasker_tasks AS task WHERE task.task_id = step.task_id;
SET tasker_core.enforce_transitions = off;
INSERT INTO tasker_workflow_step_transitions (to_state, sort_key, most_recent, workflow_step_id, created_at, updated_at)
SELECT (ARRAY['complete', 'complete', 'error', 'in_progress', 'cancelled', 'resolved_manually', 'pending'])[1 + workflow_step_id % 7],
    10, true, workflow_step_id, at, at
FROM tasker_workflow_steps, LATERAL (SELECT created_at + (workflow_step_id % 1009 - 3) * interval '1.0005 seconds' AS at) AS ended
WHERE workflow_step_id % 11 <> 0 AND task_id % 13 <> 0;
INSERT INTO tasker_task_transitions (to_state, sort_key, most_recent, task_id, created_at, updated_at)
SELECT (ARRAY['complete', 'error', 'in_progress', 'cancelled', 'resolved_manually', 'pending'])[1 + task_id % 6],
    10, true, task_id, at, at
FROM tasker_tasks, LATERAL (SELECT created_at + task_id % 501 * interval '1.0007 seconds' AS at) AS ended
WHERE task_id % 11 <> 0;
VACUUM ANALYZE;
SELECT count(DISTINCT state) AS states FROM tasker_core_steps;

CREATE FUNCTION task() RETURNS TABLE (task_id bigint, created_at timestamp, state text, ended_at timestamp) LANGUAGE sql STABLE AS $$
    SELECT task.task_id, task.created_at, coalesce(to_state, 'pending'), transition.created_at
    FROM tasker_tasks AS task LEFT JOIN tasker_task_transitions AS transition ON transition.task_id = task.task_id AND most_recent
$$;
CREATE FUNCTION step() RETURNS TABLE (workflow_step_id bigint, task_id bigint, created_at timestamp, state text, ended_at timestamp)
LANGUAGE sql STABLE AS $$
    SELECT step.workflow_step_id, step.task_id, step.created_at, coalesce(to_state, 'pending'), transition.created_at
    FROM tasker_workflow_steps AS step
    LEFT JOIN tasker_workflow_step_transitions AS transition ON transition.workflow_step_id = step.workflow_step_id AND most_recent
$$;

CREATE FUNCTION naive_analytics(since timestamp) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'active', (SELECT count(*) FROM task() AS task WHERE state IN ('pending', 'in_progress')),
        'tasks', (SELECT count(*) FROM task() AS task WHERE created_at > since),
        'completed', (SELECT count(*) FROM task() AS task WHERE created_at > since AND state IN ('complete', 'resolved_manually')),
        'failed', (SELECT count(*) FROM task() AS task WHERE created_at > since AND state = 'error'),
        'task_seconds', (SELECT round(avg(extract(epoch FROM ended_at - created_at)), 3) FROM task() AS task
                         WHERE created_at > since AND state IN ('complete', 'resolved_manually')),
        'step_seconds', (SELECT round(avg(extract(epoch FROM step.ended_at - step.created_at)), 3)
                         FROM step() AS step JOIN task() AS task USING (task_id) WHERE task.created_at > since AND step.state = 'complete'),
        'steps', (SELECT count(*) FROM step() AS step JOIN task() AS task USING (task_id) WHERE task.created_at > since)
    )
$$;
CREATE FUNCTION our_analytics(since timestamp) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('active', active_tasks_count, 'tasks', task_throughput, 'completed', completion_count,
        'failed', error_count, 'task_seconds', avg_task_duration, 'step_seconds', avg_step_duration, 'steps', step_throughput)
    FROM tasker_analytics(since AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION naive_v02(since timestamp) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'active', (SELECT count(DISTINCT task_id) FROM step() AS step WHERE ended_at IS NOT NULL
                   AND state NOT IN ('complete', 'error', 'resolved_manually')),
        'tasks', (SELECT count(*) FROM task() AS task WHERE created_at > since),
        'completed', (SELECT count(DISTINCT task_id) FROM step() AS step JOIN task() AS task USING (task_id)
                      WHERE task.created_at > since AND step.state = 'complete'),
        'failed', (SELECT count(DISTINCT task_id) FROM step() AS step JOIN task() AS task USING (task_id)
                   WHERE task.created_at > since AND step.state = 'error'),
        'task_seconds', (SELECT round(coalesce(avg(extract(epoch FROM step.ended_at - task.created_at)), 0), 3)
                         FROM step() AS step JOIN task() AS task USING (task_id) WHERE task.created_at > since AND step.state = 'complete'),
        'step_seconds', (SELECT round(coalesce(avg(extract(epoch FROM step.ended_at - step.created_at)), 0), 3)
                         FROM step() AS step JOIN task() AS task USING (task_id) WHERE task.created_at > since AND step.state = 'complete'),
        'steps', (SELECT count(*) FROM step() AS step JOIN task() AS task USING (task_id) WHERE task.created_at > since)
    )
$$;
CREATE FUNCTION our_v02(since timestamp) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('active', active_tasks_count, 'tasks', task_throughput, 'completed', completion_count,
        'failed', error_count, 'task_seconds', avg_task_duration, 'step_seconds', avg_step_duration, 'steps', step_throughput)
    FROM tasker_rails_get_analytics_metrics_v01(since AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION naive_slowest(since timestamp, how_many bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'tasks', (SELECT jsonb_agg(slow) FROM (
            SELECT task.task_id, round(extract(epoch FROM max(step.ended_at) FILTER (WHERE step.state IN ('complete', 'error'))
                - task.created_at), 3) AS seconds, count(*), count(*) FILTER (WHERE step.state = 'error') AS failed
            FROM task() AS task JOIN step() AS step USING (task_id) WHERE task.created_at > since GROUP BY task.task_id, task.created_at
            HAVING max(step.ended_at) FILTER (WHERE step.state IN ('complete', 'error')) IS NOT NULL
            ORDER BY max(step.ended_at) FILTER (WHERE step.state IN ('complete', 'error')) - task.created_at DESC, task_id
            LIMIT how_many) AS slow),
        'steps', (SELECT jsonb_agg(slow) FROM (
            SELECT workflow_step_id, round(extract(epoch FROM ended_at - created_at), 3) AS seconds
            FROM step() AS step WHERE created_at > since AND state = 'complete' AND ended_at > created_at
            ORDER BY ended_at - created_at DESC, workflow_step_id LIMIT how_many) AS slow)
    )
$$;
CREATE FUNCTION our_slowest(since timestamp, how_many bigint, of_task text DEFAULT NULL) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'tasks', (SELECT jsonb_agg(slow) FROM (
            SELECT task_id, duration_seconds AS seconds, step_count AS count, error_steps AS failed
            FROM tasker_slowest_tasks(since AT TIME ZONE 'UTC', how_many::integer, task_name => of_task)) AS slow),
        'steps', (SELECT jsonb_agg(slow) FROM (
            SELECT workflow_step_id, duration_seconds AS seconds
            FROM tasker_slowest_steps(since AT TIME ZONE 'UTC', how_many::integer, task_name => of_task)) AS slow)
    )
$$;
CREATE FUNCTION differences() RETURNS TABLE (since timestamp, naive jsonb, ours jsonb) LANGUAGE sql STABLE AS $$
    SELECT since, compared.naive, compared.ours
    FROM unnest('{-infinity, 2026-01-01 00:30, 2026-01-02 06:00:03, 2026-01-02 17:00, 2026-01-03}'::timestamp[]) AS since,
        LATERAL (VALUES
            (naive_analytics(since), our_analytics(since)),
            (naive_v02(since), our_v02(since)),
            (naive_slowest(since, 7), our_slowest(since, 7)),
            (naive_slowest(since, NULL), our_slowest(since, NULL))
        ) AS compared (naive, ours)
    WHERE compared.naive IS DISTINCT FROM compared.ours
$$;

SELECT count(DISTINCT naive_analytics(since)) AS different, count(DISTINCT naive_slowest(since, 7)) AS also
FROM unnest('{-infinity, 2026-01-01 00:30, 2026-01-02 06:00:03, 2026-01-02 17:00}'::timestamp[]) AS since;
SELECT * FROM differences();
-- Names: those of one leave the others out, and together they are all.
SELECT count(DISTINCT name) > 1 AS several FROM tasker_named_tasks JOIN tasker_tasks USING (named_task_id);
SELECT count(*) AS others FROM (SELECT DISTINCT name FROM tasker_named_tasks JOIN tasker_tasks USING (named_task_id)) AS kind,
    tasker_slowest_tasks('2026-01-01 00:00+00', NULL, task_name => kind.name) WHERE task_name <> kind.name;
SELECT (SELECT count(*) FROM (SELECT DISTINCT name FROM tasker_named_tasks JOIN tasker_tasks USING (named_task_id)) AS kind,
    tasker_slowest_steps('2026-01-01 00:00+00', NULL, task_name => kind.name))
    = (SELECT count(*) FROM tasker_slowest_steps('2026-01-01 00:00+00', NULL)) AS all_of_them;
-- Without our indexes statements do it.
BEGIN;
DROP INDEX tasker_core_tasks_created_at_idx, tasker_core_steps_created_at_idx, tasker_core_steps_task_id_idx;
SELECT * FROM differences();
ROLLBACK;
-- Rows that were written before the table got its last column.
BEGIN;
ALTER TABLE tasker_core_tasks DROP COLUMN created_at;
ALTER TABLE tasker_core_tasks ADD COLUMN created_at timestamp NOT NULL DEFAULT '2026-01-02 17:30';
CREATE INDEX ON tasker_core_tasks (created_at);
SELECT task_throughput, step_throughput FROM tasker_analytics('2026-01-02 17:29+00');
SELECT task_throughput, step_throughput FROM tasker_analytics('2026-01-02 17:30+00');
ROLLBACK;
-- What this transaction has done itself, and nothing that it has undone.
BEGIN;
UPDATE tasker_workflow_steps SET created_at = created_at - interval '1 hour' WHERE workflow_step_id % 77 = 0;
UPDATE tasker_tasks SET created_at = '2026-01-02 23:59' WHERE task_id % 100 = 0;
SAVEPOINT undone;
UPDATE tasker_tasks SET created_at = '2026-01-04';
ROLLBACK TO undone;
SELECT * FROM differences();
ROLLBACK;
-- Under row-level security, of all rows and of some.
CREATE ROLE regress_analyst;
GRANT USAGE ON SCHEMA periods TO regress_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA periods TO regress_analyst;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON tasker_tasks FOR SELECT TO regress_analyst USING (task_id % current_setting('periods.part')::bigint = 0);
CREATE POLICY part ON tasker_workflow_steps FOR SELECT TO regress_analyst USING (task_id % current_setting('periods.part')::bigint = 0);
SET ROLE regress_analyst;
SET periods.part = 1;
SELECT * FROM differences();
SET periods.part = 3;
SELECT * FROM differences();
SELECT task_throughput FROM tasker_analytics('2026-01-01 00:00+00');
RESET ROLE;
SELECT task_throughput FROM tasker_analytics('2026-01-01 00:00+00');

SET client_min_messages = error;
SELECT count(*) > 0 AS removed FROM tasker_uninstall();
DROP SCHEMA periods CASCADE;
DROP ROLE regress_analyst;
