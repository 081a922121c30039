-- The situations whose readiness is known, each one a task of the current schema, its number and title in
-- "reason". All times are relative to 2026-01-01 12:00 UTC, which the tests take for the present.

CREATE FUNCTION pg_temp.new_task(title text, state text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    present CONSTANT timestamp := '2026-01-01 12:00:00';
    new_id bigint;
BEGIN
    INSERT INTO tasker_tasks (named_task_id, requested_at, reason, identity_hash, created_at, updated_at)
    SELECT named_task.named_task_id, present, title, title, present, present
    FROM tasker_named_tasks AS named_task
    RETURNING task_id INTO new_id;
    IF state IS NOT NULL THEN
        INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, most_recent, created_at, updated_at)
        VALUES (new_id, state, 10, true, present, present);
    END IF;
    RETURN new_id;
END
$$;

-- A step without a state gets no transition; "since" and "attempted" count seconds before the present.
CREATE FUNCTION pg_temp.new_step(
    task_id bigint,
    name text,
    state text DEFAULT NULL,
    since integer DEFAULT 60,
    attempts integer DEFAULT 0,
    retry_limit integer DEFAULT 3,
    retryable boolean DEFAULT true,
    backoff integer DEFAULT NULL,
    attempted integer DEFAULT NULL,
    in_process boolean DEFAULT false,
    processed boolean DEFAULT false,
    skippable boolean DEFAULT false,
    parent bigint DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql
AS $$
#variable_conflict use_variable
DECLARE
    present CONSTANT timestamp := '2026-01-01 12:00:00';
    new_id bigint;
BEGIN
    INSERT INTO tasker_workflow_steps AS step (
        task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, last_attempted_at,
        backoff_request_seconds, skippable, created_at, updated_at
    )
    SELECT
        task_id, named_step.named_step_id, retryable, retry_limit, in_process, processed, attempts,
        present - attempted * interval '1 second', backoff, skippable, present - interval '1 hour', present
    FROM tasker_named_steps AS named_step
    WHERE named_step.name = new_step.name
    RETURNING step.workflow_step_id INTO STRICT new_id;
    IF state IS NOT NULL THEN
        INSERT INTO tasker_workflow_step_transitions
            (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
        VALUES (new_id, state, 10, true, present - since * interval '1 second', present);
    END IF;
    IF parent IS NOT NULL THEN
        INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES (parent, new_id, 'provides', present, present);
    END IF;
    RETURN new_id;
END
$$;

INSERT INTO tasker_task_namespaces (name, created_at, updated_at) VALUES ('default', NOW(), NOW());
INSERT INTO tasker_named_tasks (name, task_namespace_id, created_at, updated_at)
SELECT 'scenario', task_namespace_id, NOW(), NOW() FROM tasker_task_namespaces;
INSERT INTO tasker_dependent_systems (name, created_at, updated_at) VALUES ('system', NOW(), NOW());
INSERT INTO tasker_named_steps (name, dependent_system_id, created_at, updated_at)
SELECT step.name, dependent_system_id, NOW(), NOW()
FROM tasker_dependent_systems, unnest(ARRAY['step', 'other', 'parent', 'child']) AS step (name);

DO $$
DECLARE
    task bigint;
    parent bigint;
    child bigint;
BEGIN
    PERFORM pg_temp.new_step(pg_temp.new_task('01 pending, no attempt'), 'step');
    PERFORM pg_temp.new_step(pg_temp.new_task('02 pending, attempts NULL'), 'step', attempts => NULL);
    PERFORM pg_temp.new_step(pg_temp.new_task('03 pending, limit NULL, 2 attempts'), 'step',
        attempts => 2, retry_limit => NULL);
    PERFORM pg_temp.new_step(pg_temp.new_task('04 pending, limit 0'), 'step', retry_limit => 0);
    PERFORM pg_temp.new_step(pg_temp.new_task('05 error just now, 1 attempt'), 'step', 'error', 0, attempts => 1);
    PERFORM pg_temp.new_step(pg_temp.new_task('06 error 60 s ago, 1 attempt'), 'step', 'error', 60, attempts => 1);
    PERFORM pg_temp.new_step(pg_temp.new_task('07 error, not retryable, 1 of 3'), 'step', 'error', 60,
        attempts => 1, retryable => false);
    PERFORM pg_temp.new_step(pg_temp.new_task('08 error, 3 of 3'), 'step', 'error', 60, attempts => 3);
    PERFORM pg_temp.new_step(pg_temp.new_task('09 error 10 s ago, backoff 5 s'), 'step', 'error', 10,
        attempts => 1, backoff => 5, attempted => 10);
    PERFORM pg_temp.new_step(pg_temp.new_task('10 error 5 s ago, 4 of 10, backoff 1 s'), 'step', 'error', 5,
        attempts => 4, retry_limit => 10, backoff => 1, attempted => 5);
    PERFORM pg_temp.new_step(pg_temp.new_task('11 pending, backoff 300 s, just attempted'), 'step',
        backoff => 300, attempted => 0);
    PERFORM pg_temp.new_step(pg_temp.new_task('12 pending, backoff 300 s, never attempted'), 'step',
        backoff => 300);
    PERFORM pg_temp.new_step(pg_temp.new_task('13 cancelled'), 'step', 'cancelled');

    task := pg_temp.new_task('14 complete and cancelled');
    PERFORM pg_temp.new_step(task, 'step', 'complete', attempts => 1, processed => true);
    PERFORM pg_temp.new_step(task, 'other', 'cancelled');

    task := pg_temp.new_task('15 parent cancelled');
    parent := pg_temp.new_step(task, 'parent', 'cancelled');
    PERFORM pg_temp.new_step(task, 'child', parent => parent);

    task := pg_temp.new_task('16 parent resolved manually');
    parent := pg_temp.new_step(task, 'parent', 'resolved_manually');
    PERFORM pg_temp.new_step(task, 'child', parent => parent);

    task := pg_temp.new_task('17 all complete');
    parent := pg_temp.new_step(task, 'parent', 'complete', attempts => 1, processed => true);
    PERFORM pg_temp.new_step(task, 'child', 'complete', attempts => 1, processed => true, parent => parent);

    PERFORM pg_temp.new_task('18 no steps');

    task := pg_temp.new_task('19 in progress and exhausted');
    PERFORM pg_temp.new_step(task, 'step', 'in_progress');
    PERFORM pg_temp.new_step(task, 'other', 'error', attempts => 3);

    task := pg_temp.new_task('20 exhausted and in backoff');
    PERFORM pg_temp.new_step(task, 'step', 'error', attempts => 3);
    PERFORM pg_temp.new_step(task, 'other', 'error', 0, attempts => 1);

    task := pg_temp.new_task('21 duplicate edge, parent complete');
    parent := pg_temp.new_step(task, 'parent', 'complete', attempts => 1, processed => true);
    child := pg_temp.new_step(task, 'child', parent => parent);
    SET LOCAL tasker_core.enforce_edges = off;
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    VALUES (parent, child, 'provides', NOW(), NOW());

    PERFORM pg_temp.new_step(pg_temp.new_task('22 pending, in process'), 'step', in_process => true);
    PERFORM pg_temp.new_step(pg_temp.new_task('23 pending, processed'), 'step', processed => true);
    PERFORM pg_temp.new_step(pg_temp.new_task('24 pending, not retryable'), 'step', retryable => false);
    PERFORM pg_temp.new_step(pg_temp.new_task('25 error just now, attempts NULL'), 'step', 'error', 0,
        attempts => NULL);
    PERFORM pg_temp.new_step(pg_temp.new_task('26 error 3 s ago, attempts 0'), 'step', 'error', 3);
    PERFORM pg_temp.new_step(pg_temp.new_task('27 error, 9 of 3'), 'step', 'error', 60, attempts => 9);
    PERFORM pg_temp.new_step(pg_temp.new_task('28 pending again, 3 of 3'), 'step', 'pending', attempts => 3);
END
$$;
