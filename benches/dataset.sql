-- The data set: :tasks tasks of 10 steps and 13 edges, then one task of :wide_1 and one of :wide_2 steps.
-- Fills the Rails tables of the search_path as a Rails application would have left them. The same rows each
-- time, but for the clock: ages are relative to the moment of loading.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
-- Foreign keys are not checked while loading.
SET session_replication_role = replica;

CREATE SCHEMA bench;
CREATE TABLE bench.clock AS SELECT pg_catalog.timezone('UTC', pg_catalog.now())::timestamp AS loaded_at;

-- Task by number: how many of its steps are done, and what the next one is doing. One task in four has not
-- begun: the write rows use those. They have come evenly over a month.
CREATE TABLE bench.plan AS
SELECT
    task_id,
    kind,
    CASE kind WHEN 'complete' THEN 10 WHEN 'pending' THEN 0 ELSE 1 + task_id / 20 % 8 END AS steps_done,
    CASE kind
        WHEN 'in_progress' THEN (ARRAY['in_progress', 'pending'])[1 + task_id / 20 % 2]
        WHEN 'error' THEN (ARRAY['retry due', 'retry later', 'exhausted'])[1 + (task_id / 20 % 3)::integer]
    END AS next_step,
    loaded_at - interval '30 days' + (task_id - 10.0) / :tasks * interval '30 days' AS started_at
FROM bench.clock, pg_catalog.generate_series(1, :tasks) AS task_id,
    LATERAL (SELECT CASE
        WHEN task_id % 4 = 3 THEN 'pending'
        WHEN task_id % 20 IN (9, 13, 17, 2, 6) THEN 'in_progress'
        WHEN task_id % 20 IN (10, 14, 18) THEN 'error'
        ELSE 'complete'
    END AS kind) AS chosen;

-- A ladder with crossings: every step but the first has one or two parents.
CREATE TABLE bench.shape (from_step bigint, to_step bigint);
INSERT INTO bench.shape VALUES
    (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (3, 6), (4, 6), (5, 7), (6, 7), (6, 8), (7, 9), (8, 9), (9, 10);

INSERT INTO tasker_task_namespaces (name, created_at, updated_at)
SELECT 'default', loaded_at, loaded_at FROM bench.clock;
INSERT INTO tasker_dependent_systems (name, created_at, updated_at)
SELECT 'orders', loaded_at, loaded_at FROM bench.clock;
INSERT INTO tasker_named_tasks (name, task_namespace_id, configuration, created_at, updated_at)
SELECT 'process_order', 1, '{}', loaded_at, loaded_at FROM bench.clock;
INSERT INTO tasker_named_steps (dependent_system_id, name, created_at, updated_at)
SELECT 1, 'step_' || number, loaded_at, loaded_at FROM bench.clock, pg_catalog.generate_series(1, 50) AS number;

INSERT INTO tasker_tasks (
    named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags, context,
    identity_hash, created_at, updated_at
)
SELECT 1, kind = 'complete', started_at, 'bench', 'web', 'order placed', '[]', '[]',
    pg_catalog.jsonb_build_object('order_id', task_id, 'customer', 'customer ' || task_id, 'currency', 'EUR'),
    pg_catalog.md5(task_id::text), started_at, started_at
FROM bench.plan
ORDER BY task_id;

-- What each step has gone through, in order; the last state is the current one.
CREATE TABLE bench.history AS
SELECT task_id, number, started_at + number * interval '5 seconds' AS at,
    CASE
        WHEN number <= steps_done THEN ARRAY['in_progress', 'complete']
        WHEN number > steps_done + 1 THEN '{}'
        WHEN next_step = 'in_progress' THEN ARRAY['in_progress']
        WHEN next_step IN ('retry due', 'retry later') THEN ARRAY['in_progress', 'error']
        WHEN next_step = 'exhausted' THEN ARRAY[
            'in_progress', 'error', 'pending', 'in_progress', 'error', 'pending', 'in_progress', 'error']
        ELSE '{}'
    END AS states,
    number = steps_done + 1 AND next_step = 'retry later' AS asked_to_wait
FROM bench.plan, pg_catalog.generate_series(1, 10) AS number;

INSERT INTO tasker_workflow_steps (
    task_id, named_step_id, retryable, retry_limit, processed, processed_at, attempts, last_attempted_at,
    backoff_request_seconds, inputs, results, created_at, updated_at
)
SELECT task_id, number, true, 3, done, CASE WHEN done THEN at END, attempts, CASE WHEN attempts > 0 THEN at END,
    CASE WHEN asked_to_wait THEN 90 * 86400 END,
    pg_catalog.jsonb_build_object('order_id', task_id),
    CASE WHEN done THEN pg_catalog.jsonb_build_object('status', 'ok', 'reference', number) ELSE '{}' END, at, at
FROM bench.history, LATERAL (SELECT
    'complete' = ANY (states) AS done,
    pg_catalog.cardinality(pg_catalog.array_positions(states, 'in_progress'))
        - (states = '{in_progress}')::integer AS attempts) AS derived
ORDER BY task_id, number;

INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT (task_id - 1) * 10 + from_step, (task_id - 1) * 10 + to_step, 'provides', started_at, started_at
FROM bench.plan, bench.shape
ORDER BY task_id, from_step, to_step;

INSERT INTO tasker_workflow_step_transitions (
    to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at
)
SELECT state, '{}', 10 * place, place = pg_catalog.cardinality(states), (task_id - 1) * 10 + number,
    at + place * interval '1 second', at + place * interval '1 second'
FROM bench.history, pg_catalog.unnest(states) WITH ORDINALITY AS entry (state, place)
ORDER BY at, place;

INSERT INTO tasker_task_transitions (to_state, metadata, sort_key, most_recent, task_id, created_at, updated_at)
SELECT state, '{}', 10 * place, place = pg_catalog.cardinality(states), task_id,
    started_at + place * interval '1 minute', started_at + place * interval '1 minute'
FROM bench.plan, LATERAL (SELECT CASE
        WHEN kind = 'complete' THEN ARRAY['in_progress', 'complete']
        WHEN next_step = 'exhausted' THEN ARRAY['in_progress', 'error']
        WHEN kind = 'pending' THEN '{}'
        ELSE ARRAY['in_progress']
    END AS states) AS derived, pg_catalog.unnest(states) WITH ORDINALITY AS entry (state, place)
ORDER BY task_id, place;

-- Two big tasks: layers of 25 steps; every step of a layer has one or two parents in the layer before. The
-- first half of the layers is complete, the layer after it is ready.
CREATE TABLE bench.wide AS
SELECT :tasks + which AS task_id, number, (number - 1) / 25 AS layer,
    :tasks * 10 + number + CASE which WHEN 2 THEN :wide_1 ELSE 0 END AS workflow_step_id,
    (number - 1) / 25 < size / 50 AS done, loaded_at - interval '31 days' AS at
FROM bench.clock, (VALUES (1, :wide_1), (2, :wide_2)) AS task (which, size),
    LATERAL pg_catalog.generate_series(1, size) AS number;

INSERT INTO tasker_tasks (
    named_task_id, requested_at, initiator, source_system, reason, bypass_steps, tags, context, identity_hash,
    created_at, updated_at
)
SELECT 1, min(at), 'bench', 'web', 'report', '[]', '[]', '{"report": true}', pg_catalog.md5(task_id::text),
    min(at), min(at)
FROM bench.wide GROUP BY task_id ORDER BY task_id;
INSERT INTO tasker_task_transitions (to_state, metadata, sort_key, most_recent, task_id, created_at, updated_at)
SELECT DISTINCT 'in_progress', '{}'::jsonb, 10, true, task_id, at, at FROM bench.wide;
INSERT INTO tasker_workflow_steps (
    task_id, named_step_id, processed, processed_at, attempts, last_attempted_at, inputs, results, created_at,
    updated_at
)
SELECT task_id, 1 + number % 50, done, CASE WHEN done THEN at END, done::integer, CASE WHEN done THEN at END,
    '{"report": true}', '{}', at, at
FROM bench.wide ORDER BY workflow_step_id;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT workflow_step_id - 25, workflow_step_id, 'provides', at, at FROM bench.wide WHERE layer > 0
UNION ALL
SELECT workflow_step_id - 26, workflow_step_id, 'provides', at, at
FROM bench.wide WHERE layer > 0 AND number % 25 <> 1 AND number % 4 <> 0
ORDER BY 2, 1;
INSERT INTO tasker_workflow_step_transitions (
    to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at
)
SELECT state, '{}', sort_key, sort_key = 20, workflow_step_id, at, at
FROM bench.wide, (VALUES ('in_progress', 10), ('complete', 20)) AS entry (state, sort_key)
WHERE done ORDER BY workflow_step_id, sort_key;

-- Twenty sets of up to 1,000 different tasks, drawn at random with a fixed seed.
SELECT pg_catalog.setseed(0.42);
CREATE TABLE bench.batches AS
SELECT set_number, pg_catalog.array_agg(task_id) AS task_ids
FROM (
    SELECT set_number, task_id, row_number() OVER (PARTITION BY set_number ORDER BY pg_catalog.random()) AS place
    FROM pg_catalog.generate_series(1, 20) AS set_number, pg_catalog.generate_series(1, :tasks) AS task_id
) AS shuffled
WHERE place <= 1000
GROUP BY set_number;
ALTER TABLE bench.batches ADD PRIMARY KEY (set_number);
VACUUM (ANALYZE);

-- A ladder, two wide and twenty deep, each step depending on both above: half a million paths.
INSERT INTO tasker_tasks (
    named_task_id, requested_at, initiator, source_system, reason, bypass_steps, tags, context, identity_hash,
    created_at, updated_at
)
SELECT 1, loaded_at, 'bench', 'web', 'ladder', '[]', '[]', '{}', 'ladder', loaded_at, loaded_at
FROM bench.clock;
CREATE TABLE bench.ladder AS SELECT max(task_id) AS task_id FROM tasker_tasks;
INSERT INTO tasker_workflow_steps (task_id, named_step_id, attempts, inputs, results, created_at, updated_at)
SELECT task_id, number, 0, '{}', '{}', loaded_at, loaded_at
FROM bench.ladder, bench.clock, pg_catalog.generate_series(1, 40) AS number;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT upper.workflow_step_id, lower.workflow_step_id, 'provides', loaded_at, loaded_at
FROM bench.ladder, bench.clock, tasker_workflow_steps AS upper, tasker_workflow_steps AS lower
WHERE upper.task_id = ladder.task_id AND lower.task_id = ladder.task_id
  AND (lower.named_step_id - 1) / 2 = (upper.named_step_id - 1) / 2 + 1;
VACUUM (ANALYZE);
