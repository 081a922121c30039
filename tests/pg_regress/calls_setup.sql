-- What the tests that call every function begin with, in the first schema of the search_path: the helpers, three tasks, a
-- template, a step that is claimed (variables step and token), a task that is offered to a scheduler, and a step that failed.
\ir helpers.sql
\ir calls.sql
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
\o /dev/null
SELECT skip_ids();
SELECT make_task(1, 101, 3, '{{1,2},{2,3}}'), make_task(2, 201, 1), make_task(3, 301, 1);
SELECT tasker_set_config('backoff', '{"default_backoff_seconds": [1]}');
SELECT tasker_register_task('{"name":"t","step_templates":[{"name":"a"}]}');
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 1) \gset
SELECT tasker_due_tasks('scheduler', 1);
SELECT tasker_fail_step(201, '{}', claim_token => (
    SELECT claim_token FROM tasker_claim_steps('worker', 1, task_id => 2)));
\o
