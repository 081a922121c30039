-- A step's life: claim, heartbeat, complete, fail, release, and what is refused.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA claims;
SET search_path = claims, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE FUNCTION token(step bigint) RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step $$;
-- The last token that a step was given, from its history.
CREATE FUNCTION old_token(step bigint) RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT (metadata ->> 'claim_token')::uuid FROM tasker_workflow_step_transitions
      WHERE workflow_step_id = step AND to_state = 'in_progress' ORDER BY sort_key DESC LIMIT 1 $$;
CREATE VIEW history AS
SELECT workflow_step_id AS step, sort_key, from_state, to_state, most_recent AS current,
       metadata - 'claim_token' AS metadata
FROM tasker_workflow_step_transitions ORDER BY workflow_step_id, sort_key;
CREATE VIEW steps AS
SELECT step.workflow_step_id AS step, side.state, step.in_process, step.processed, step.attempts, step.retryable,
       step.backoff_request_seconds AS backoff, step.last_attempted_at, step.results
FROM tasker_workflow_steps AS step JOIN tasker_core_steps AS side USING (workflow_step_id) ORDER BY 1;

-- What a handler gets.
SELECT make_task(1, 1, 3, '{{1,3},{2,3}}');
UPDATE tasker_tasks SET context = '{"order": 7}';
UPDATE tasker_workflow_steps SET inputs = '{"order": 7}' WHERE workflow_step_id = 3;
SELECT workflow_step_id, task_id, named_step_id, step_name, task_name, attempt, retry_limit, lease_until, inputs, context, parent_results
FROM tasker_claim_steps('worker one', 10);
SELECT * FROM steps;
SELECT workflow_step_id, task_id, worker, attempt, claimed_at, lease_until, lease_length FROM tasker_core_leases;
SELECT count(*) AS nothing_left FROM tasker_claim_steps('worker two', 10);
SELECT * FROM tasker_complete_step(1, '{"paid": true}', token(1));
SELECT * FROM tasker_complete_step(2, NULL, token(2));
SELECT workflow_step_id, inputs, parent_results, lease_until FROM tasker_claim_steps('worker two', 10, '90 seconds');
SELECT * FROM tasker_complete_step(3, '{"shipped": true}', token(3));
SELECT * FROM steps;
SELECT * FROM history WHERE step = 3;
SELECT complete FROM tasker_tasks WHERE task_id = 1;
SELECT to_state, from_state, metadata FROM tasker_task_transitions WHERE task_id = 1 ORDER BY sort_key;

-- Once more with the same token: the first answer, the first results.
SELECT * FROM tasker_complete_step(1, '{"paid": false}', old_token(1));
SELECT results FROM steps WHERE step = 1;

-- Failures: a wait, a header, a permanent one; again with the same token.
SELECT make_task(2, 11, 3);
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SELECT * FROM tasker_fail_step(11, '{"message": "no answer", "class": "Timeout", "backtrace": ["a:1"], "code": 5}', claim_token => token(11));
SELECT * FROM tasker_fail_step(12, '"busy"', true, 'Thu, 01 Jan 2026 12:01:00 GMT', token(12));
SELECT * FROM tasker_fail_step(13, '"never"', false, NULL, token(13));
SELECT * FROM steps WHERE step BETWEEN 11 AND 13;
SELECT * FROM tasker_fail_step(12, '"other"', true, '1', old_token(12));
SELECT count(*) AS too_early FROM tasker_claim_steps('worker', 10);
SET tasker_core.fake_now = '2026-01-01 12:00:02+00';
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10);
SELECT * FROM tasker_complete_step(11, '{}', token(11));
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10);
-- The last step that can go on has ended: the task fails.
SELECT * FROM tasker_complete_step(12, '{}', token(12));
SELECT backoff FROM steps WHERE step = 12;

-- Attempts used up.
SELECT make_task(3, 21, 1);
UPDATE tasker_workflow_steps SET retry_limit = 1 WHERE workflow_step_id = 21;
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SELECT state, attempts, next_eligible_at, exhausted, task_state FROM tasker_fail_step(21, '"x"', claim_token => token(21));

-- A heartbeat extends, keeps the progress, and tells of what has happened.
SELECT make_task(4, 31, 2);
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SET tasker_core.fake_now = '2026-01-01 12:04:00+00';
SELECT workflow_step_id, status, lease_until FROM tasker_heartbeat(ARRAY[token(31), token(32)], progress => '{"done": 1}') ORDER BY 1;
SELECT workflow_step_id, status, lease_until FROM tasker_heartbeat(ARRAY[token(31)], '1 hour');
SELECT workflow_step_id, heartbeat_at, lease_until, progress FROM tasker_core_leases ORDER BY 1;
SELECT step, jsonb_pretty(tasker_explain_step(step) -> 'lease') AS lease FROM unnest(ARRAY[31, 32, 21]) AS step;
SELECT move_step(32, 'cancelled', '2026-01-01 12:04:00');
SELECT workflow_step_id, status FROM tasker_heartbeat(ARRAY[token(31), token(32), '00000000-0000-0000-0000-000000000000']) ORDER BY 1;
SELECT step, tasker_explain_step(step) ? 'lease' AS is_held FROM unnest(ARRAY[31, 32]) AS step;
SELECT * FROM tasker_heartbeat('{}');
-- A token names its step; with another one it is worth nothing, nor is one that names a step and is not its own. Nulls are none.
SELECT status FROM tasker_heartbeat(ARRAY[overlay(token(31)::text PLACING right(token(32)::text, 17) FROM 20)::uuid]);
SELECT status FROM tasker_heartbeat(ARRAY[overlay(token(31)::text PLACING '00000000' FROM 1)::uuid]);
SELECT count(*) FROM tasker_heartbeat(ARRAY[NULL, NULL]::uuid[]);
SELECT substr(claim_token::text, 15, 1) AS version, ('x' || right(translate(claim_token::text, '-', ''), 15))::bit(60)::bigint = workflow_step_id AS names_its_step
FROM tasker_core_leases;

-- A lease that ran out: the old token is worth nothing once the step was taken back.
SET tasker_core.fake_now = '2026-01-01 14:00:00+00';
SELECT * FROM tasker_maintain();
SELECT * FROM tasker_maintain();
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT state FROM tasker_complete_step(31, '{}', old_token(31));
\set VERBOSITY default
SELECT workflow_step_id, status FROM tasker_heartbeat(ARRAY[old_token(31)]);
SELECT * FROM history WHERE step = 31;
SET tasker_core.fake_now = '2026-01-01 14:00:02+00';
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10);
\set VERBOSITY default
SELECT state FROM tasker_complete_step(31, '{}');
SELECT state FROM tasker_complete_step(31, '{}', '00000000-0000-0000-0000-000000000000');
SELECT state FROM tasker_fail_step(31, '{}', claim_token => '00000000-0000-0000-0000-000000000000');
SELECT tasker_release_step(31, '00000000-0000-0000-0000-000000000000');
\set VERBOSITY sqlstate
SELECT tasker_release_step(31, '00000000-0000-0000-0000-000000000000');
\set VERBOSITY default

-- Given back: ready at once, no attempt used.
SELECT tasker_release_step(31, token(31), 'shutting down');
SELECT tasker_release_step(31, old_token(31));
SELECT state, attempts, in_process FROM steps WHERE step = 31;
SELECT workflow_step_id, attempt FROM tasker_claim_steps('worker', 10);
-- Expired, but not taken back yet: it still counts.
SET tasker_core.fake_now = '2026-01-01 15:00:00+00';
SELECT state, task_state FROM tasker_complete_step(31, '{}', token(31));

-- A step that the engine started has no lease, and needs no token; after an hour it is taken for dead.
SELECT make_task(5, 41, 2);
SELECT move_step(41, 'in_progress', '2026-01-01 15:00:00'), move_step(42, 'in_progress', '2026-01-01 15:00:00');
SELECT state FROM tasker_complete_step(41);
SET tasker_core.fake_now = '2026-01-01 15:59:59+00';
SELECT stale_recovered FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 16:00:00+00';
SELECT stale_recovered FROM tasker_maintain();
SELECT step, state, attempts FROM steps WHERE step = 42;
SELECT state FROM tasker_complete_step(42);

-- Order: by priority, then by age; priority counts as waiting.
SELECT make_task(6, 51, 1), make_task(7, 52, 1);
SET tasker_core.fake_now = '2026-01-01 16:00:30+00';
SELECT make_task(8, 53, 1);
SELECT tasker_set_task_priority(8, 1);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 2);
SELECT count(*) FROM tasker_claim_steps('worker', 10);

-- Filters.
SELECT make_task(9, 61, 2), make_task(10, 71, 2);
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (2, 'billing', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at) VALUES (2, 'invoice', 2, '2026-01-01', '2026-01-01');
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
VALUES (11, 2, '2026-01-01', 'task 11', '2026-01-01', '2026-01-01');
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, created_at, updated_at)
SELECT 80 + n, 11, n, '2026-01-01', '2026-01-01' FROM generate_series(1, 3) AS n;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, step_names => '{absent}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, dependent_systems => '{nowhere}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, task_names => '{unknown}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, namespaces => '{billing}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, step_names => '{step_2}', task_names => '{invoice}');
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, step_names => '{step_2,step_3}') ORDER BY 1;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 1, task_id => 10);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10, dependent_systems => '{shop}') ORDER BY 1;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 0);

-- What is not an answer is an error, and changes nothing.
\set VERBOSITY sqlstate
SELECT make_task(12, 91, 1);
SELECT * FROM tasker_claim_steps(NULL);
SELECT * FROM tasker_claim_steps('worker', NULL);
SELECT * FROM tasker_claim_steps('worker', -1);
SELECT * FROM tasker_claim_steps('worker', 1, '-1 second');
SELECT * FROM tasker_claim_steps('worker', 1, task_id => 12, task_names => '{order}');
SELECT * FROM tasker_heartbeat('{}', '0');
SELECT * FROM tasker_complete_step(NULL);
SELECT * FROM tasker_complete_step(999);
SELECT * FROM tasker_complete_step(91);
SELECT * FROM tasker_complete_step(91, '{}', '00000000-0000-0000-0000-000000000000');
SELECT * FROM tasker_fail_step(91, NULL);
SELECT * FROM tasker_fail_step(91, '{}', NULL);
SELECT * FROM tasker_fail_step(91, '{}');
SELECT tasker_release_step(91, NULL);
SELECT action, reason, delay, task_state FROM tasker_finalize_task(NULL);
SELECT action, reason, delay, task_state FROM tasker_finalize_task(999);
SELECT * FROM tasker_maintain(NULL);
\set VERBOSITY default
SELECT * FROM steps WHERE step = 91;

-- Ten megabytes of results, and an error that is no object.
SELECT count(*) FROM tasker_claim_steps('worker', 1);
SELECT state, task_state FROM tasker_complete_step(91, (SELECT jsonb_build_object('text', repeat('x', 10 * 1024 * 1024))), token(91));
SELECT length(results ->> 'text') FROM steps WHERE step = 91;
SELECT make_task(13, 95, 1);
SELECT count(*) FROM tasker_claim_steps('worker', 1);
SELECT state FROM tasker_fail_step(95, '[1, 2]', claim_token => token(95));
SELECT results FROM steps WHERE step = 95;

-- Finalization by hand: of a task without steps, of one that waits, of one that is over.
SELECT make_task(14, 96, 0);
SELECT action, reason, delay, task_state FROM tasker_finalize_task(14);
SELECT action, reason, delay, task_state FROM tasker_finalize_task(14);
SELECT action, reason, delay, task_state FROM tasker_finalize_task(13);

-- Whatever the session's time zone.
SET timezone = 'Asia/Tokyo';
SELECT make_task(15, 97, 1);
SELECT lease_until FROM tasker_claim_steps('worker', 1);
RESET timezone;

-- A role needs what a Rails role has, and not more.
CREATE ROLE regress_worker;
CREATE ROLE regress_nobody;
GRANT USAGE ON SCHEMA claims TO regress_worker, regress_nobody;
GRANT SELECT, INSERT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions,
    tasker_task_transitions, tasker_named_tasks, tasker_task_namespaces, tasker_named_steps TO regress_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA claims TO regress_worker;
SELECT make_task(16, 98, 1);
SET ROLE regress_nobody;
SELECT * FROM tasker_claim_steps('absent');
SELECT * FROM tasker_complete_step(97);
SELECT * FROM tasker_maintain();
SET ROLE regress_worker;
CREATE TEMP TABLE mine AS SELECT workflow_step_id, claim_token FROM tasker_claim_steps('worker');
SELECT state, task_state FROM mine, LATERAL tasker_complete_step(mine.workflow_step_id, '{}', mine.claim_token);
RESET ROLE;
DROP TABLE mine;
DROP OWNED BY regress_worker, regress_nobody;
DROP ROLE regress_worker, regress_nobody;

SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';
DROP SCHEMA claims CASCADE;
