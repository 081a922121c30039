-- The events of each workflow of the test kit: run by the functions, and by the statements of the Rails engine. Both give
-- the same events in the same order; the first step fails once.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
RESET client_min_messages;
CREATE SCHEMA event_patterns;
SET search_path = event_patterns, public;
SET tasker_core.testkit = on;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT skip_ids();

-- Runs a task by claims, of the ready steps the one with the lowest id first; returns the task's id.
CREATE FUNCTION by_functions(pattern text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    task bigint := (SELECT created.task_id FROM tasker_create_task(pattern, '{}', 'testkit', options => '{"identity": "none"}') AS created);
    next_step bigint;
    claim record;
    is_first boolean := true;
BEGIN
    LOOP
        SELECT ready.workflow_step_id INTO next_step FROM tasker_ready_steps(task) AS ready ORDER BY 1 LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT * INTO STRICT claim FROM tasker_claim_steps('worker', step_names => ARRAY(
            SELECT name FROM tasker_named_steps JOIN tasker_workflow_steps USING (named_step_id) WHERE workflow_step_id = next_step));
        IF is_first THEN
            PERFORM tasker_fail_step(claim.workflow_step_id, '{}', claim_token => claim.claim_token);
            is_first := false;
        ELSE
            PERFORM tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
        END IF;
    END LOOP;
    RETURN task;
END
$$;

-- Runs a task with the steps and edges of another one by the statements of the engine, in the order in which that one
-- ran; returns its id.
CREATE FUNCTION by_the_engine(like_task bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    task bigint;
    first_step bigint;
    moved record;
BEGIN
    INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
    SELECT named_task_id, now(), identity_hash || ' again', now(), now() FROM tasker_tasks WHERE task_id = like_task
    RETURNING task_id INTO task;
    SELECT max(workflow_step_id) + 1000 INTO first_step FROM tasker_workflow_steps;
    INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, created_at, updated_at)
    SELECT workflow_step_id + first_step, task, named_step_id, now(), now() FROM tasker_workflow_steps WHERE task_id = like_task;
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    SELECT from_step_id + first_step, to_step_id + first_step, edge.name, now(), now()
    FROM tasker_workflow_step_edges AS edge JOIN tasker_workflow_steps ON workflow_step_id = from_step_id
    WHERE task_id = like_task ORDER BY edge.id;
    PERFORM move_task(task, 'in_progress');
    FOR moved IN
        SELECT step.workflow_step_id + first_step AS step, to_state
        FROM tasker_workflow_step_transitions AS transition JOIN tasker_workflow_steps AS step USING (workflow_step_id)
        WHERE task_id = like_task ORDER BY transition.id
    LOOP
        PERFORM move_step(moved.step, moved.to_state);
    END LOOP;
    PERFORM move_task(task, 'complete');
    RETURN task;
END
$$;

-- The events of a task, in order.
CREATE FUNCTION story(task bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(event || coalesce(' ' || (payload ->> 'step_name'), ''), E'\n' ORDER BY place)
    FROM (SELECT *, row_number() OVER () AS place FROM tasker_read_events('all', 10000)) AS read
    WHERE task_id = task
$$;

CREATE TABLE patterns AS
SELECT pattern FROM unnest('{linear,diamond,parallel_merge,tree,mixed,dummy,configurable_failure,api_integration,etl,batch,batch_part}'::text[]) AS pattern;
SELECT count(*)
FROM patterns,
    LATERAL (SELECT jsonb_agg(jsonb_build_object('name', step_name, 'depends_on_steps', depends_on)) FROM tasker_testkit_pattern(pattern)) AS of_pattern (steps),
    LATERAL tasker_register_task(jsonb_build_object('name', pattern, 'namespace_name', 'testkit', 'step_templates', steps));
SELECT count(*) FROM tasker_set_config('backoff', '{"mode": "none"}');
SELECT tasker_subscribe('all', '{task.*,step.*}');
CREATE TABLE runs AS SELECT pattern, by_functions(pattern) AS ours FROM patterns;
ALTER TABLE runs ADD engines bigint;
UPDATE runs SET engines = by_the_engine(ours);
SELECT pattern, story(ours) = story(engines) AS is_equal FROM runs ORDER BY ours;
\t on
\pset format unaligned
SELECT pattern, story(ours) FROM runs ORDER BY ours;
SET client_min_messages = warning;
DROP SCHEMA event_patterns CASCADE;
