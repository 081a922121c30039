-- The test kit: who may use it, that it makes what it says, and that side rows and histories are as if the engine had
-- written them.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA testkit;
SET search_path = testkit, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- Switched off unless a superuser switches it on; not for PUBLIC either.
SELECT * FROM tasker_testkit_pattern('linear');
SELECT tasker_testkit_task('linear');
SELECT tasker_testkit_random_task(10);
SELECT tasker_testkit_set_step(1, 'complete');
SELECT tasker_testkit_set_task(1, 'complete');
SELECT * FROM tasker_testkit_dataset();
CREATE ROLE tasker_tester;
GRANT ALL ON SCHEMA testkit TO tasker_tester;
GRANT ALL ON ALL TABLES IN SCHEMA testkit TO tasker_tester;
GRANT ALL ON ALL SEQUENCES IN SCHEMA testkit TO tasker_tester;
SET ROLE tasker_tester;
SET tasker_core.testkit = on;
RESET ROLE;
SET tasker_core.testkit = on;
SET ROLE tasker_tester;
SELECT tasker_testkit_task('linear');
RESET ROLE;
SELECT proname FROM pg_proc WHERE proname LIKE 'tasker_testkit%' AND has_function_privilege('tasker_tester', oid, 'EXECUTE');
GRANT EXECUTE ON FUNCTION tasker_testkit_task(text, jsonb, text) TO tasker_tester;
SET ROLE tasker_tester;
SELECT tasker_testkit_task('linear');
RESET ROLE;
-- What is written is written with the caller's privileges.
REVOKE INSERT ON tasker_workflow_step_edges FROM tasker_tester;
SET ROLE tasker_tester;
SELECT tasker_testkit_task('linear');
RESET ROLE;
DROP OWNED BY tasker_tester;
DROP ROLE tasker_tester;

-- A task has the steps and edges of its pattern, in its order. (Those of the engine: see patterns.)
SELECT * FROM tasker_testkit_pattern('etl');
SELECT * FROM tasker_testkit_pattern('batch');
SELECT * FROM tasker_testkit_pattern('batch_part');
CREATE TABLE made AS
SELECT pattern, tasker_testkit_task(pattern, '{"order_id": 7}') AS task_id
FROM unnest('{linear,diamond,parallel_merge,tree,mixed,dummy,configurable_failure,api_integration,etl,batch,batch_part}'::text[]) AS pattern;
CREATE VIEW stored AS
SELECT step.task_id, row_number() OVER (PARTITION BY step.task_id ORDER BY step.workflow_step_id) AS place, named.name,
    ARRAY(SELECT above_named.name::text
          FROM tasker_workflow_step_edges AS edge
          JOIN tasker_workflow_steps AS above ON above.workflow_step_id = edge.from_step_id
          JOIN tasker_named_steps AS above_named USING (named_step_id)
          WHERE edge.to_step_id = step.workflow_step_id ORDER BY edge.id) AS depends_on
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id);
SELECT made.pattern, count(*) AS steps, bool_and((stored.name, stored.depends_on) IS NOT DISTINCT FROM (wanted.step_name, wanted.depends_on)) AS as_wanted
FROM made
CROSS JOIN LATERAL tasker_testkit_pattern(pattern) WITH ORDINALITY AS wanted (step_name, depends_on, place)
FULL JOIN stored USING (task_id, place)
WHERE task_id IN (SELECT task_id FROM made)
GROUP BY made.pattern, task_id ORDER BY task_id;
-- Names are stored once, whatever else uses them.
SELECT count(*) AS known FROM tasker_named_steps;
SELECT tasker_testkit_task('diamond', namespace => 'elsewhere') > 0 AS made;
SELECT count(*) AS known FROM tasker_named_steps;
SELECT namespace.name AS namespace, named_task.name, version, configuration, count(pair.id) AS steps
FROM tasker_named_tasks AS named_task JOIN tasker_task_namespaces AS namespace USING (task_namespace_id)
LEFT JOIN tasker_named_tasks_named_steps AS pair USING (named_task_id)
GROUP BY 1, 2, 3, 4, named_task_id ORDER BY named_task_id;
-- A batch has a task for each part.
SELECT child.context - 'parent_task_id' - 'parent_step_id' AS context, child.context -> 'parent_task_id' = to_jsonb(made.task_id) AS is_child,
    (SELECT named.name FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id)
     WHERE step.workflow_step_id = (child.context ->> 'parent_step_id')::bigint) AS of_step
FROM made JOIN tasker_tasks AS child ON child.task_id BETWEEN made.task_id + 1 AND made.task_id + 3
WHERE pattern = 'batch' ORDER BY child.task_id;
SELECT complete, requested_at, initiator, source_system, reason, bypass_steps::text, tags, context, split_part(identity_hash, ' ', 1) AS identity, created_at
FROM tasker_tasks WHERE task_id = (SELECT task_id FROM made WHERE pattern = 'etl');
SELECT DISTINCT retryable, retry_limit, in_process, processed, attempts, inputs, results, skippable, created_at
FROM tasker_workflow_steps WHERE task_id = (SELECT task_id FROM made WHERE pattern = 'etl');

-- Random tasks: as large as asked for, the same for the same seed, of their shape.
CREATE TABLE random AS
SELECT shape, seed, tasker_testkit_random_task(40, seed, shape) AS task_id
FROM unnest('{chain,independent,fork_join,tree,layers,sparse,dense}'::text[]) AS shape, unnest('{1,1,2}'::bigint[]) AS seed;
SELECT shape, bool_and(steps = 40) AS of_the_size, bool_and(depth > 0) AS acyclic, min(depth) AS depth, count(DISTINCT graph) AS graphs
FROM random, LATERAL (
    SELECT (SELECT count(*) FROM stored WHERE stored.task_id = random.task_id) AS steps,
        (SELECT max(dependency_level) + 1 FROM tasker_dependency_levels(random.task_id)) AS depth,
        (SELECT array_agg(ROW(name, depends_on)::text ORDER BY place) FROM stored WHERE stored.task_id = random.task_id) AS graph
) AS found
GROUP BY shape ORDER BY min(random.task_id);
SELECT tasker_testkit_random_task(0) AS empty \gset
SELECT count(*) AS rows FROM tasker_ready_steps(:empty);

-- Data sets: the engine's distribution, whatever the seed; another one.
SELECT * FROM tasker_testkit_dataset();
SELECT * FROM tasker_testkit_dataset(7, '{"random": 0.5, "batch": 0.2}', 3);
SELECT context ->> 'batch_id' AS batch, string_agg(context ->> 'workflow_type', ' ' ORDER BY task_id) AS tasks
FROM tasker_tasks WHERE context ? 'batch_id' GROUP BY batch ORDER BY batch;
SELECT count(*) AS nothing FROM tasker_testkit_dataset(0);
-- Everything is followed as if it had been written row by row.
SELECT * FROM tasker_rebuild('testkit') WHERE action <> 'unchanged';
SELECT severity, check_name, object FROM tasker_doctor('testkit') WHERE check_name <> 'redundant_index';
SELECT count(*) = (SELECT count(*) FROM stored WHERE depends_on = '{}') AS roots_are_ready
FROM tasker_ready_steps_of_tasks(ARRAY(SELECT task_id FROM tasker_tasks));

-- A step in any state, by moves that are permitted.
SET tasker_core.enforce_transitions = enforce;
SELECT task_id AS etl FROM made WHERE pattern = 'etl' \gset
SELECT min(workflow_step_id) AS step FROM tasker_workflow_steps WHERE task_id = :etl \gset
CREATE FUNCTION past(state text, attempts integer, age interval) RETURNS TABLE (
    history text, since timestamp, tried integer, last_attempted_at timestamp, processed boolean, processed_at timestamp, created_at timestamp, blocking_reason text
) LANGUAGE sql AS $$
    SELECT tasker_testkit_set_step(min(workflow_step_id), $1, $2, $3) FROM tasker_workflow_steps WHERE task_id = (SELECT task_id FROM made WHERE pattern = 'etl');
    SELECT string_agg(event.to_state, ' ' ORDER BY event.sort_key), max(event.entered_at), step.attempts, step.last_attempted_at, step.processed, step.processed_at, step.created_at, readiness.blocking_reason
    FROM made JOIN tasker_workflow_steps AS step USING (task_id)
    JOIN tasker_step_readiness(task_id) AS readiness USING (workflow_step_id)
    LEFT JOIN LATERAL tasker_step_history(step.workflow_step_id) AS event ON true
    WHERE pattern = 'etl' AND step.workflow_step_id = (SELECT min(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = made.task_id)
    GROUP BY step.workflow_step_id, readiness.blocking_reason;
$$;
SELECT wanted.*, past.* FROM (VALUES
    ('pending', NULL, '0'), ('pending', 1, '1 minute'), ('in_progress', NULL, '1 minute'), ('in_progress', 2, '1 minute'),
    ('complete', NULL, '1 hour'), ('complete', 2, '1 hour'), ('error', NULL, '1 second'), ('error', 2, '1 hour'), ('error', 3, '1 hour'),
    ('cancelled', NULL, '1 day'), ('cancelled', 1, '1 day'), ('resolved_manually', NULL, '1 day'), ('resolved_manually', 2, '1 day')
) AS wanted (state, attempts, age), LATERAL past(state, attempts::integer, age::interval);
-- Its children follow; results and a requested wait are kept; a lease ends.
SELECT tasker_testkit_set_step(:step, 'complete', results => '{"rows": 3}'), tasker_testkit_set_step(:step + 1, 'complete');
SELECT step_name, current_state, completed_parents FROM tasker_step_readiness(:etl) WHERE total_parents = 2 ORDER BY workflow_step_id;
SELECT tasker_testkit_set_step(:step + 3, 'error', age => '10 seconds', backoff_request_seconds => 60);
SELECT results -> 'rows' AS rows FROM tasker_workflow_steps WHERE workflow_step_id = :step;
SELECT blocking_reason, next_eligible_at FROM tasker_step_readiness(:etl) WHERE workflow_step_id = :step + 3;
SELECT tasker_testkit_set_step(:step + 2, 'pending', backoff_request_seconds => 60);
SELECT blocking_reason, next_eligible_at FROM tasker_step_readiness(:etl) WHERE workflow_step_id = :step + 2;
SELECT tasker_testkit_set_step(:step + 2, 'pending');
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 10, task_id => :etl);
SELECT tasker_testkit_set_step(:step + 2, 'pending');
SELECT count(*) AS leases FROM tasker_core_leases;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 10, task_id => :etl);
-- A task in any state; it is not asked whether its steps agree.
CREATE FUNCTION task_past(state text) RETURNS TABLE (history text, since timestamp, complete boolean, requested_at timestamp) LANGUAGE sql AS $$
    SELECT tasker_testkit_set_task(task_id, $1, '1 hour') FROM made WHERE pattern = 'etl';
    SELECT string_agg(event.to_state, ' ' ORDER BY event.sort_key), max(event.entered_at), task.complete, task.requested_at
    FROM made JOIN tasker_tasks AS task USING (task_id) LEFT JOIN LATERAL tasker_task_history(task_id) AS event ON true
    WHERE pattern = 'etl' GROUP BY task.task_id;
$$;
SELECT state, past.* FROM unnest('{pending,in_progress,complete,error,cancelled,resolved_manually}'::text[]) AS state, LATERAL task_past(state) AS past;
SELECT * FROM tasker_rebuild('testkit') WHERE action <> 'unchanged';

-- Refusals.
\set VERBOSITY terse
SELECT * FROM tasker_testkit_pattern('ladder');
SELECT * FROM tasker_testkit_pattern(NULL);
SELECT tasker_testkit_task('linear', '[]');
SELECT tasker_testkit_task('linear', NULL);
SELECT tasker_testkit_task('linear', '{}', NULL);
SELECT tasker_testkit_random_task(-1);
SELECT tasker_testkit_random_task(100001);
SELECT tasker_testkit_random_task(1, NULL);
SELECT tasker_testkit_random_task(1, 1, 'ring');
SELECT * FROM tasker_testkit_dataset(-1);
SELECT * FROM tasker_testkit_dataset(1, '{"ladder": 1}');
SELECT * FROM tasker_testkit_dataset(1, '{"tree": 0.7, "linear": 0.7}');
SELECT tasker_testkit_set_step(NULL, 'complete');
SELECT tasker_testkit_set_step(4711, 'complete');
SELECT tasker_testkit_set_step(:step, 'failed');
SELECT tasker_testkit_set_step(:step, 'complete', 0);
SELECT tasker_testkit_set_step(:step, 'pending', 1001);
SELECT tasker_testkit_set_step(:step, 'pending', 0, '-1 second');
SELECT tasker_testkit_set_step(:step, 'pending', 0, '1100 years');
SELECT tasker_testkit_set_task(4711, 'complete');
SELECT tasker_testkit_set_task(:etl, 'skipped');
SELECT tasker_testkit_set_task(:etl, 'complete', NULL);
SET search_path = public;
SELECT tasker_testkit_task('linear');
SET search_path = testkit, public;

-- Many tasks at once of a superuser check no foreign keys; if others have triggers, everything is written as usual. Both
-- write the same rows.
CREATE FUNCTION rows_of(namespace text) RETURNS TABLE (kind text, rows bigint, digest text)
LANGUAGE sql SET search_path FROM CURRENT AS $$
    WITH task AS (
        SELECT task.*, row_number() OVER (ORDER BY task_id) AS place FROM tasker_tasks AS task
        JOIN tasker_named_tasks USING (named_task_id)
        JOIN tasker_task_namespaces AS owner USING (task_namespace_id) WHERE owner.name = rows_of.namespace
    ), step AS (
        SELECT step.*, place, min(step.workflow_step_id) OVER () AS first
        FROM task JOIN tasker_workflow_steps AS step USING (task_id)
    ), fact AS (
        SELECT 'task', concat_ws(' ', place, state, state_since, priority, context) FROM task JOIN tasker_core_tasks USING (task_id)
        UNION ALL
        SELECT 'step', concat_ws(' ', place, step.workflow_step_id - first, step.named_step_id, step.inputs, side.attempts, side.retry_limit,
            side.retryable, side.in_process, side.processed, side.skippable, side.state, side.created_at = step.created_at,
            ARRAY(SELECT parent - first FROM unnest(parent_step_ids) AS parent), num_nulls(side.*))
        FROM step JOIN tasker_core_steps AS side USING (workflow_step_id)
        UNION ALL
        SELECT 'edge', concat_ws(' ', from_step_id - first, to_step_id - first, edge.name)
        FROM step JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = step.workflow_step_id
        UNION ALL
        SELECT 'hint', concat_ws(' ', hint.workflow_step_id - first, cause_id - first) FROM step JOIN tasker_core_hints AS hint USING (workflow_step_id)
    )
    SELECT kind, count(*), md5(string_agg(fact, ',' ORDER BY fact)) FROM fact AS fact (kind, fact) GROUP BY kind
$$;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE WARNING 'written with session_replication_role %', current_setting('session_replication_role');
    RETURN NULL;
END $$;
SELECT * FROM tasker_testkit_dataset(120, '{"random": 0.2}', 5, 'alone');
SHOW session_replication_role;
CREATE TRIGGER note AFTER INSERT ON tasker_workflow_step_edges EXECUTE FUNCTION note();
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(120, '{"random": 0.2}', 5, 'watched');
SELECT kind, one.rows, one.digest = other.digest AS same
FROM rows_of('alone') AS one FULL JOIN rows_of('watched') AS other USING (kind) ORDER BY kind;
DROP TRIGGER note ON tasker_workflow_step_edges;
-- A role that is not a superuser writes as usual.
CREATE ROLE testkit_tester;
GRANT USAGE ON SCHEMA testkit TO testkit_tester;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA testkit TO testkit_tester;
REVOKE ALL ON tasker_core_steps, tasker_core_tasks, tasker_core_hints FROM testkit_tester;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA testkit TO testkit_tester;
GRANT EXECUTE ON FUNCTION tasker_testkit_dataset(integer, jsonb, bigint, text) TO testkit_tester;
SET ROLE testkit_tester;
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(120, '{"random": 0.2}', 5, 'tested');
RESET ROLE;
DROP OWNED BY testkit_tester;
DROP ROLE testkit_tester;
SELECT kind, one.digest = other.digest AS same
FROM rows_of('alone') AS one FULL JOIN rows_of('tested') AS other USING (kind) ORDER BY kind;
-- Thousands of steps are written without indexes, which are there afterwards: the same rows as one by one.
CREATE FUNCTION unusable() RETURNS SETOF regclass STABLE LANGUAGE sql AS $$
    SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'testkit'::regnamespace AND NOT (indisvalid AND indisready AND indislive)
$$;
CREATE FUNCTION index_files() RETURNS bigint STABLE LANGUAGE sql AS $$
    SELECT sum(pg_relation_filenode(indexrelid)::bigint) FROM pg_index WHERE indrelid = 'tasker_workflow_steps'::regclass
$$;
CREATE TABLE seen AS SELECT index_files() AS files;
-- Ids are what the sequences say, whatever their steps are, and no id is given twice.
ALTER SEQUENCE tasker_workflow_steps_workflow_step_id_seq INCREMENT 3;
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(1200, '{"random": 0.2}', 5, 'unindexed');
SELECT files <> index_files() AS built, (SELECT count(*) FROM unusable()) AS unusable FROM seen;
SELECT nextval('tasker_workflow_steps_workflow_step_id_seq') - max(workflow_step_id) AS next FROM tasker_workflow_steps;
SELECT nextval('tasker_workflow_step_edges_id_seq') - max(id) AS next FROM tasker_workflow_step_edges;
SELECT next, count(*) > 0 AS rows FROM (
    SELECT workflow_step_id - lag(workflow_step_id) OVER (PARTITION BY task_id ORDER BY workflow_step_id) AS next
    FROM tasker_workflow_steps JOIN tasker_tasks USING (task_id) JOIN tasker_named_tasks USING (named_task_id)
    JOIN tasker_task_namespaces AS owner USING (task_namespace_id) WHERE owner.name = 'unindexed') AS step
WHERE next IS NOT NULL GROUP BY next;
UPDATE seen SET files = index_files();
CREATE TRIGGER note AFTER INSERT ON tasker_workflow_step_edges EXECUTE FUNCTION note();
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(1200, '{"random": 0.2}', 5, 'indexed');
DROP TRIGGER note ON tasker_workflow_step_edges;
SELECT kind, one.rows, one.digest = other.digest AS same
FROM rows_of('unindexed') AS one FULL JOIN rows_of('indexed') AS other USING (kind) ORDER BY kind;
ALTER SEQUENCE tasker_workflow_steps_workflow_step_id_seq INCREMENT 1;
-- Not where more is there than is to come, nor beside a cursor.
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(1000, NULL, 6, 'few');
BEGIN;
DECLARE reader CURSOR FOR SELECT 1 AS row FROM tasker_workflow_steps;
FETCH 1 FROM reader;
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(6000, NULL, 7, 'read');
FETCH 1 FROM reader;
ROLLBACK;
SELECT files <> index_files() AS built FROM seen;
VACUUM tasker_core_steps;
-- What is rolled back has not touched them, and they serve what comes after it.
BEGIN;
SAVEPOINT before;
-- A sequence with values cached in sessions needs statements.
ALTER SEQUENCE tasker_workflow_step_edges_id_seq CACHE 5;
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(6000, NULL, 7, 'undone');
SELECT nextval('tasker_workflow_step_edges_id_seq') - max(id) AS next FROM tasker_workflow_step_edges;
SELECT files <> index_files() AS built, (SELECT count(*) FROM unusable()) AS unusable FROM seen;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 3, namespaces => '{undone}');
ROLLBACK TO before;
SELECT files <> index_files() AS built, (SELECT count(*) FROM unusable()) AS unusable FROM seen;
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 3, namespaces => '{unindexed}');
ROLLBACK;
-- A column that has to have a value of its own, and a check: those tables are written by statements.
ALTER TABLE tasker_workflow_steps ADD COLUMN noted text NOT NULL DEFAULT 'noted';
ALTER TABLE tasker_workflow_step_edges ADD CHECK (from_step_id <> to_step_id);
SELECT sum(steps) AS steps FROM tasker_testkit_dataset(15000, NULL, 5, 'changed');
SELECT files <> index_files() AS built, (SELECT count(*) FROM unusable()) AS unusable FROM seen;
SELECT noted, count(*) FROM tasker_workflow_steps GROUP BY noted;
SELECT * FROM tasker_rebuild('testkit') WHERE action <> 'unchanged';
SELECT severity, check_name, object FROM tasker_doctor('testkit') WHERE check_name <> 'redundant_index';
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA testkit CASCADE;
