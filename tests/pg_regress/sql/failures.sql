-- What counts as a failure: tasker_failures(), the history and the timeline agree; giving a step back is none, and the class of
-- a failure outlives the step's success.
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA failures;
SET search_path = failures, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT created FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "pay"}]}');
CREATE VIEW attempts AS
SELECT task_id, bar[1]::integer AS attempt, bar[2] AS ended
FROM tasker_tasks, LATERAL regexp_matches(tasker_task_timeline_svg(task_id), '<title>attempt (\d+) ([^:]*):', 'g') AS bar;

-- Given back, twice: no failure, no backoff, and the next attempt has the same number.
SELECT task_id AS t FROM tasker_create_task('order', '{}') \gset
SELECT workflow_step_id AS s, claim_token AS c FROM tasker_claim_steps('w', task_id => :t) \gset
SET tasker_core.fake_now = '2026-01-01 12:00:10+00';
SELECT tasker_release_step(:s, :'c', 'shutting down');
SELECT claim_token AS c, attempt FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT :attempt AS attempt;
SET tasker_core.fake_now = '2026-01-01 12:00:20+00';
SELECT tasker_release_step(:s, :'c');
SELECT step_name, failures FROM tasker_failures();
SELECT from_state, to_state, event, metadata ->> 'reason' AS reason FROM tasker_step_history(:s);
SELECT attempt, ended FROM attempts;
SELECT count(*) AS failed FROM tasker_find_steps(failed_since => '2026-01-01 00:00+00');
SELECT tasker_task_timeline_svg(:t) ~ 'tk-bar-backoff" x="[0-9.]+" y="[0-9.]+" width="[0-9.]+" height="7"' AS backs_off;

-- Fails, and is done the second time: the class is still told.
SELECT claim_token AS c FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT state, attempts FROM tasker_fail_step(:s, '{"message": "no answer", "class": "Timeout"}', claim_token => :'c');
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT claim_token AS c FROM tasker_claim_steps('w', task_id => :t) \gset
-- Another failure without a class is not of the first one's.
SELECT state, attempts FROM tasker_fail_step(:s, '"out of order"', claim_token => :'c');
SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = :s;
SELECT error_class, error FROM tasker_retry_many('retryable');
SET tasker_core.fake_now = '2026-01-01 12:02:00+00';
SELECT claim_token AS c FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT state FROM tasker_complete_step(:s, '{"done": true}', :'c');
SELECT step_name, error_class, failures, sample_message FROM tasker_failures() ORDER BY error_class;
SELECT attempt, ended FROM attempts;

-- What others write: by transition_step, by an expired lease, by the engine, which names no class but in the results.
SELECT task_id AS t FROM tasker_create_task('order', '{}') \gset
SELECT workflow_step_id AS s FROM tasker_claim_steps('w', task_id => :t, lease => '1 s') \gset
SET tasker_core.fake_now = '2026-01-01 12:03:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT task_id AS t2 FROM tasker_create_task('order', '{}') \gset
SELECT workflow_step_id AS s2 FROM tasker_core_steps WHERE task_id = :t2 \gset
SELECT count(*) FROM tasker_transition_step(:s2, 'in_progress');
SELECT count(*) FROM tasker_transition_step(:s2, 'error', '{"error_message": "by hand", "error_class": "Hand"}');
SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = :s2;
SELECT task_id AS t3 FROM tasker_create_task('order', '{}') \gset
SELECT workflow_step_id AS s3 FROM tasker_core_steps WHERE task_id = :t3 \gset
UPDATE tasker_workflow_steps SET results = '{"error": "by Rails", "error_class": "Rails"}', attempts = 1 WHERE workflow_step_id = :s3;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (:s3, 'in_progress', 10, false, '2026-01-01 12:02', '2026-01-01 12:02'), (:s3, 'error', 20, true, '2026-01-01 12:03', '2026-01-01 12:03');
SELECT error_class, failures, sample_message FROM tasker_failures() ORDER BY error_class;
SELECT error_class, error FROM tasker_retry_many('retryable') ORDER BY error_class;

-- Workers that complete, fail and release at random: all counts agree.
SET tasker_core.testkit = on;
SELECT count(*) AS tasks FROM (SELECT tasker_testkit_task(pattern) FROM
    unnest('{linear,diamond,parallel_merge,tree,mixed,dummy,configurable_failure,api_integration}'::text[]) AS pattern OFFSET 0) AS made;
DO $$
DECLARE claim record; round integer := 0; fate integer;
BEGIN
    FOR minute IN 1..60 LOOP
        PERFORM set_config('tasker_core.fake_now', (timestamptz '2026-01-02 12:00+00' + minute * interval '1 minute')::text, false);
        FOR claim IN SELECT workflow_step_id, claim_token FROM tasker_claim_steps('w', 20) LOOP
            round := round + 1;
            fate := (round * 7919) % 10;
            IF fate < 5 THEN
                PERFORM tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
            ELSIF fate < 7 THEN
                PERFORM tasker_fail_step(claim.workflow_step_id, '{"class": "Random"}', claim_token => claim.claim_token);
            ELSIF fate < 8 THEN
                PERFORM tasker_fail_step(claim.workflow_step_id, '{"class": "Random"}', false, claim_token => claim.claim_token);
            ELSE
                PERFORM tasker_release_step(claim.workflow_step_id, claim.claim_token);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
CREATE VIEW counted AS
SELECT (SELECT sum(failures) FROM tasker_failures(max_rows => NULL)) AS by_failures,
    (SELECT count(*) FROM tasker_workflow_steps, tasker_step_history(workflow_step_id) WHERE event = 'step.failed') AS by_history,
    (SELECT count(*) FROM attempts WHERE ended = 'failed') AS by_timeline,
    (SELECT count(*) FROM tasker_workflow_steps, tasker_step_history(workflow_step_id) WHERE event = 'step.released') AS released,
    (SELECT count(*) FROM attempts WHERE ended = 'given back') AS drawn_as_given_back;
SELECT by_failures > 20 AS are_many, by_failures = by_history AS same_history, by_failures = by_timeline AS same_timeline,
    released > 5 AS are_many_released, released = drawn_as_given_back AS same_released FROM counted;
-- What a step has used up is what its timeline numbers.
SELECT count(*) AS differ FROM tasker_workflow_steps AS step
JOIN (SELECT task_id, max(attempt) AS last FROM attempts GROUP BY task_id) AS drawn USING (task_id)
WHERE (SELECT count(*) FROM tasker_workflow_steps AS other WHERE other.task_id = step.task_id) = 1 AND step.attempts <> drawn.last;

DROP SCHEMA failures CASCADE;
