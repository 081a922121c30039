-- The base of every spec: an installation, the tests' helpers, and a way to reset everything.
SET client_min_messages = warning;
CREATE EXTENSION tasker_core;
SELECT count(*) FROM tasker_install();
\ir ../pg_regress/helpers.sql

CREATE FUNCTION clear_tasks() RETURNS void LANGUAGE sql
BEGIN ATOMIC
    DELETE FROM tasker_workflow_step_transitions;
    DELETE FROM tasker_workflow_step_edges;
    DELETE FROM tasker_workflow_steps;
    DELETE FROM tasker_task_transitions;
    DELETE FROM tasker_tasks;
END;

CREATE FUNCTION add_edge(parent bigint, child bigint) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    VALUES (parent, child, 'provides', '2026-01-01', '2026-01-01');
END;

-- A text body: one spec drops the side tables and puts them back.
CREATE FUNCTION side() RETURNS TABLE (step bigint, state text, attempts integer, parents bigint[]) LANGUAGE sql STABLE
AS 'SELECT workflow_step_id, state, attempts, parent_step_ids FROM tasker_core_steps ORDER BY workflow_step_id';
CREATE VIEW drift AS SELECT * FROM _tasker_drift('public'::regnamespace);

-- Time stands still at noon, unless a session says otherwise.
ALTER DATABASE tasker_isolation SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- The calls of a worker. It keeps its tokens in settings of its session, which neither snapshots nor locks affect.
-- Text bodies all the same.
CREATE FUNCTION keep_token(step bigint, token uuid) RETURNS void LANGUAGE sql
AS $$ SELECT set_config('claimed.step_' || step, token::text, false) $$;
CREATE FUNCTION token(step bigint) RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('claimed.step_' || step, true), '')::uuid $$;
-- For a second session that shows the same token: a call that is repeated while the first one is still under way.
CREATE FUNCTION share_token(step bigint) RETURNS void LANGUAGE sql
AS $$ SELECT keep_token(step, claim_token) FROM tasker_core_leases WHERE workflow_step_id = step $$;
CREATE FUNCTION claim(worker text, max_rows integer DEFAULT 1, task bigint DEFAULT NULL)
RETURNS TABLE (step bigint, attempt integer, until time) LANGUAGE sql
AS $$
    SELECT workflow_step_id, attempt, (lease_until AT TIME ZONE 'UTC')::time
    FROM tasker_claim_steps(worker, max_rows, task_id => task), keep_token(workflow_step_id, claim_token)
    ORDER BY workflow_step_id
$$;
CREATE FUNCTION complete(step bigint)
RETURNS TABLE (state text, ready bigint[], task_state text, repeated boolean) LANGUAGE sql
AS $$ SELECT state, ready_step_ids, task_state, repeated FROM tasker_complete_step(step, NULL, token(step)) $$;
CREATE FUNCTION fail(step bigint, retryable boolean DEFAULT true)
RETURNS TABLE (state text, attempts integer, eligible time, exhausted boolean, task_state text, repeated boolean)
LANGUAGE sql
AS $$
    SELECT state, attempts, (next_eligible_at AT TIME ZONE 'UTC')::time, exhausted, task_state, repeated
    FROM tasker_fail_step(step, '"no"', retryable, NULL, token(step))
$$;

-- The engine's statements, one each, in the order in which it makes them: a step's row if its
-- execution ends, then out of the current state, then into the next. It has read the last sort_key before.
CREATE FUNCTION rails_complete_row(step bigint) RETURNS void LANGUAGE sql
AS $$
    UPDATE tasker_workflow_steps
    SET attempts = 1, last_attempted_at = '2026-01-01 12:01:00', processed = true, in_process = false,
        processed_at = '2026-01-01 12:01:00', results = '{"by": "rails"}', updated_at = '2026-01-01 12:01:00'
    WHERE workflow_step_id = step
$$;
CREATE FUNCTION rails_fail_row(step bigint) RETURNS void LANGUAGE sql
AS $$
    UPDATE tasker_workflow_steps
    SET attempts = 1, last_attempted_at = '2026-01-01 12:01:00', processed = false, in_process = false,
        results = '{"error": "no"}', updated_at = '2026-01-01 12:01:00'
    WHERE workflow_step_id = step
$$;
CREATE FUNCTION rails_leave(step bigint) RETURNS void LANGUAGE sql
AS $$
    UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = '2026-01-01 12:01:00'
    WHERE workflow_step_id = step AND most_recent
$$;
CREATE FUNCTION rails_enter(step bigint, state text, sort_key integer) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
    VALUES (step, state, sort_key, '2026-01-01 12:01:00', '2026-01-01 12:01:00')
$$;
CREATE FUNCTION rails_complete_task_row(task bigint) RETURNS void LANGUAGE sql
AS $$ UPDATE tasker_tasks SET complete = true, updated_at = '2026-01-01 12:01:00' WHERE task_id = task $$;
CREATE FUNCTION rails_leave_task(task bigint) RETURNS void LANGUAGE sql
AS $$
    UPDATE tasker_task_transitions SET most_recent = false, updated_at = '2026-01-01 12:01:00'
    WHERE task_id = task AND most_recent
$$;
CREATE FUNCTION rails_enter_task(task bigint, state text, sort_key integer) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at)
    VALUES (task, state, sort_key, '2026-01-01 12:01:00', '2026-01-01 12:01:00')
$$;

-- What there is at the end of a spec, without what differs from run to run. A history is the states passed through.
CREATE FUNCTION steps()
RETURNS TABLE (step bigint, attempts integer, in_process boolean, processed boolean, history text, lease text)
LANGUAGE sql STABLE
AS $$
    SELECT step.workflow_step_id, step.attempts, step.in_process, step.processed,
           (SELECT string_agg(to_state, ', ' ORDER BY sort_key) FROM tasker_workflow_step_transitions AS transition
            WHERE transition.workflow_step_id = step.workflow_step_id),
           lease.worker || ' until ' || lease.lease_until::time || coalesce(', ' || lease.ended_as, '')
    FROM tasker_workflow_steps AS step
    LEFT JOIN tasker_core_leases AS lease USING (workflow_step_id)
    ORDER BY step.workflow_step_id
$$;
CREATE FUNCTION tasks() RETURNS TABLE (task bigint, complete boolean, history text) LANGUAGE sql STABLE
AS $$
    SELECT task.task_id, task.complete,
           (SELECT string_agg(to_state, ', ' ORDER BY sort_key) FROM tasker_task_transitions AS transition
            WHERE transition.task_id = task.task_id)
    FROM tasker_tasks AS task
    ORDER BY task.task_id
$$;

-- Defects that must not occur in any order of events: wrong side rows, transitions that the tables of states do not
-- permit, leases of steps that are not in progress, and work that no session would ever find.
CREATE FUNCTION defects() RETURNS TABLE (defect text) LANGUAGE sql STABLE
AS $$
    SELECT 'drift: ' || drift::text FROM drift
    UNION ALL
    SELECT format('step %s: %s > %s', workflow_step_id, before, to_state)
    FROM (
        SELECT workflow_step_id, to_state, from_state,
               lag(to_state, 1, 'pending') OVER (PARTITION BY workflow_step_id ORDER BY sort_key) AS before
        FROM tasker_workflow_step_transitions
        -- What begins a history may also say that it is pending.
        WHERE to_state <> 'pending' OR from_state IS NOT NULL
    ) AS transition
    WHERE from_state <> before OR (before, to_state) NOT IN (
        ('pending', 'in_progress'), ('pending', 'error'), ('pending', 'cancelled'), ('pending', 'resolved_manually'),
        ('in_progress', 'complete'), ('in_progress', 'error'), ('in_progress', 'cancelled'),
        ('error', 'pending'), ('error', 'resolved_manually')
    )
    UNION ALL
    SELECT format('task %s: %s > %s', task_id, before, to_state)
    FROM (
        SELECT task_id, to_state, from_state,
               lag(to_state, 1, 'pending') OVER (PARTITION BY task_id ORDER BY sort_key) AS before
        FROM tasker_task_transitions
        WHERE to_state <> 'pending' OR from_state IS NOT NULL
    ) AS transition
    WHERE from_state <> before OR (before, to_state) NOT IN (
        ('pending', 'in_progress'), ('pending', 'cancelled'), ('pending', 'error'), ('in_progress', 'complete'),
        ('in_progress', 'error'), ('in_progress', 'cancelled'), ('in_progress', 'pending'), ('error', 'pending'),
        ('error', 'resolved_manually'), ('complete', 'cancelled'), ('resolved_manually', 'cancelled')
    )
    UNION ALL
    SELECT format('lease of step %s in state %s', workflow_step_id, side.state)
    FROM tasker_core_leases JOIN tasker_core_steps AS side USING (workflow_step_id)
    WHERE side.state <> CASE WHEN ended_as = 'cancelled' THEN 'cancelled' ELSE 'in_progress' END
    UNION ALL
    SELECT format('step %s is ready, and no session will look', ready.workflow_step_id)
    FROM tasker_tasks, tasker_ready_steps(task_id) AS ready
    WHERE NOT EXISTS (SELECT FROM tasker_core_hints AS hint WHERE hint.workflow_step_id = ready.workflow_step_id)
      AND NOT EXISTS (SELECT FROM tasker_core_timers WHERE kind = 'step' AND subject_id = ready.workflow_step_id)
      AND NOT EXISTS (
          SELECT FROM tasker_core_parked AS parked JOIN tasker_core_timers AS timer ON timer.kind = 'bucket ' || parked.bucket
          WHERE parked.workflow_step_id = ready.workflow_step_id)
    UNION ALL
    SELECT format('step %s is in progress, and no session will look', workflow_step_id)
    FROM tasker_core_steps AS side
    WHERE side.state = 'in_progress'
      AND NOT EXISTS (SELECT FROM tasker_core_timers WHERE kind = 'step' AND subject_id = workflow_step_id)
      AND NOT EXISTS (SELECT FROM tasker_core_leases AS lease WHERE lease.workflow_step_id = side.workflow_step_id AND due_at <= lease_until)
    UNION ALL
    SELECT format('task %s is over (%s), and no session will look', task.task_id, execution_status)
    FROM tasker_core_tasks AS task, tasker_task_context(task.task_id) AS context
    WHERE (task.state, execution_status) IN (
              ('pending', 'all_complete'), ('in_progress', 'all_complete'), ('error', 'all_complete'),
              ('pending', 'blocked_by_failures'), ('in_progress', 'blocked_by_failures')
          )
      AND total_steps > 0
      AND NOT EXISTS (SELECT FROM tasker_core_timers WHERE kind = 'task' AND subject_id = task.task_id)
$$;

-- Afresh after steps have been claimed: what the queues still say is gone, too.
CREATE FUNCTION clear_all() RETURNS void LANGUAGE sql
AS $$
    SELECT clear_tasks();
    DELETE FROM tasker_core_hints;
    DELETE FROM tasker_core_timers;
    DELETE FROM tasker_core_leases;
$$;

-- Tasks of a template, by key or by what they are about. (A spec cannot have braces in its statements.)
-- The helpers have chosen ids themselves.
SELECT setval(sequence, 1000) FROM unnest(ARRAY['tasker_dependent_systems_dependent_system_id_seq',
    'tasker_named_steps_named_step_id_seq', 'tasker_named_tasks_named_task_id_seq']::regclass[]) AS sequence;
SELECT version FROM tasker_register_task('{"name": "asked_for", "step_templates": [{"name": "a"}, {"name": "b", "depends_on_step": "a"}]}');
CREATE FUNCTION ask(key text, requester integer) RETURNS boolean LANGUAGE sql
AS $$
    SELECT created FROM tasker_create_task('asked_for', jsonb_build_object('by', requester),
        options => jsonb_build_object('identity_key', key))
$$;
CREATE FUNCTION ask_for_all(VARIADIC keys text[]) RETURNS TABLE (key text, created boolean) LANGUAGE sql
AS $$
    SELECT keys[request_number], created FROM tasker_create_tasks((
        SELECT jsonb_agg(jsonb_build_object('task_name', 'asked_for', 'context', '{}'::jsonb,
            'options', jsonb_build_object('identity_key', key)) ORDER BY place)
        FROM unnest(keys) WITH ORDINALITY AS asked (key, place)))
    ORDER BY request_number
$$;
CREATE FUNCTION ask_by_hash(context jsonb) RETURNS boolean LANGUAGE sql
AS $$ SELECT created FROM tasker_create_task('asked_for', context, options => '{"identity": "hash"}') $$;
