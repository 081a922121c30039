-- What has failed for good: who finds it, what is noted of it, and how it is executed again.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA dead_letters;
SET search_path = dead_letters, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) FROM tasker_dead_letters();
SELECT count(*) FROM tasker_retry_many();
SELECT count(*) FROM tasker_retry_many(dry_run => false);
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
-- 1 and 2: out of attempts, told by the engine and by us. 3: permanent. 4: waits for its retry. 5: closed. 6: ready.
SELECT make_task(1, 101, 2, '{{1,2}}'), make_task(2, 201, 1), make_task(3, 301, 1), make_task(4, 401, 1), make_task(5, 501, 1), make_task(6, 601, 1);
UPDATE tasker_workflow_steps SET attempts = 3, results = '{"error": "no answer", "error_class": "Timeout"}' WHERE workflow_step_id = 101;
SELECT move_step(101, 'error', '2026-01-01 10:00'), move_task(1, 'error', '2026-01-01 10:00');
SELECT tasker_set_retry_limit(201, 1);
CREATE TEMPORARY TABLE mine AS SELECT claimed.workflow_step_id AS id, claimed.claim_token AS token FROM generate_series(2, 4) AS id CROSS JOIN LATERAL tasker_claim_steps('w', task_id => id) AS claimed;
SELECT f.exhausted FROM mine CROSS JOIN LATERAL tasker_fail_step(mine.id, '{"message": "refused", "class": "Refused"}', claim_token => mine.token) AS f WHERE mine.id = 201;
SELECT f.exhausted FROM mine CROSS JOIN LATERAL tasker_fail_step(mine.id, '{"message": "no such order", "class": "NotFound"}', retryable => false, claim_token => mine.token) AS f WHERE mine.id = 301;
SELECT f.exhausted FROM mine CROSS JOIN LATERAL tasker_fail_step(mine.id, '{"message": "busy", "class": "Timeout"}', claim_token => mine.token) AS f WHERE mine.id = 401;
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 501;
SELECT move_step(501, 'error'), move_task(5, 'cancelled');

SELECT * FROM tasker_dead_letters();
SELECT array_agg(workflow_step_id) AS of_class FROM tasker_dead_letters(error_class => 'Timeout');
SELECT array_agg(workflow_step_id) AS of_name FROM tasker_dead_letters('default', 'order', 'step_1');
SELECT array_agg(workflow_step_id) AS none FROM tasker_dead_letters('default', 'order', 'step_2');
SELECT array_agg(workflow_step_id) AS since FROM tasker_dead_letters(failed_since => '2026-01-01 10:01+00');
SELECT array_agg(workflow_step_id) AS page FROM tasker_dead_letters(max_rows => 1);
SELECT array_agg(workflow_step_id) AS next_page FROM tasker_dead_letters(after_id => 101, max_rows => 1);
SELECT * FROM tasker_dead_letters(max_rows => -1);

-- Notes, in the engine's tables.
SELECT tasker_annotate_task(1, 'triage', '{"ticket": "A-7"}') > 0 AS annotated, tasker_annotate_task(1, 'triage', '{"seen": true}') > 0 AS again;
SELECT task_id FROM tasker_find_tasks(annotation_type => 'triage', annotation_key => 'ticket', annotation_value => 'A-7');
SELECT count(*) AS types FROM tasker_annotation_types;
SELECT tasker_annotate_task(999, 'triage', '{}');
SELECT tasker_annotate_task(1, NULL, '{}');
SELECT tasker_annotate_task(1, 'triage', NULL);

-- A dry run changes nothing, also in a read-only transaction.
BEGIN READ ONLY;
SELECT workflow_step_id, task_id, error_class, error, action, done, refusal FROM tasker_retry_many();
SELECT workflow_step_id, action, done FROM tasker_retry_many('retryable');
COMMIT;
SELECT array_agg(workflow_step_id) FROM tasker_dead_letters();
-- By filter, and with a reason that the history keeps.
SELECT workflow_step_id, action, done, refusal FROM tasker_retry_many(error_class => 'Timeout', reason => 'they are back', dry_run => false);
SELECT array_agg(workflow_step_id) FROM tasker_dead_letters();
SELECT to_state, metadata ->> 'reason' AS reason FROM tasker_step_history(101) ORDER BY sort_key DESC LIMIT 1;
SELECT states.state FROM tasker_core_tasks AS states WHERE task_id = 1;
SELECT workflow_step_id FROM tasker_claim_steps('w', task_id => 1);
SELECT workflow_step_id, action, done FROM tasker_retry_many('retryable', dry_run => false);
SELECT workflow_step_id, action, done FROM tasker_retry_many(dry_run => false, max_rows => 1);
SELECT workflow_step_id, action, done FROM tasker_retry_many(dry_run => false);
SELECT count(*) FROM tasker_dead_letters();
SELECT retryable FROM tasker_workflow_steps WHERE workflow_step_id = 301;
SELECT * FROM _tasker_drift('dead_letters'::regnamespace);
SELECT * FROM tasker_retry_many('blocked');
SELECT * FROM tasker_retry_many(NULL);
SELECT * FROM tasker_retry_many(dry_run => NULL);

-- The rights of the caller count.
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id IN (201, 601);
SELECT move_step(601, 'error');
CREATE ROLE tasker_triager;
GRANT USAGE ON SCHEMA dead_letters TO tasker_triager;
SET ROLE tasker_triager;
SELECT * FROM tasker_dead_letters();
SELECT * FROM tasker_retry_many();
SELECT tasker_annotate_task(1, 'triage', '{}');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA dead_letters TO tasker_triager;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_workflow_steps FOR SELECT TO tasker_triager USING (workflow_step_id = 601);
SET ROLE tasker_triager;
SELECT workflow_step_id FROM tasker_dead_letters();
SELECT workflow_step_id, action FROM tasker_retry_many();
SELECT * FROM tasker_retry_many(dry_run => false);
RESET ROLE;
DROP SCHEMA dead_letters CASCADE;
DROP ROLE tasker_triager;
