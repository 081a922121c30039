-- The history of a task in one list: transitions of the task and its steps, heartbeats, signals, a pause.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
RESET client_min_messages;
CREATE SCHEMA timeline;
SET search_path = timeline, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "step_templates": [
    {"name": "check", "default_retry_limit": 3}, {"name": "charge", "depends_on_step": "check"},
    {"name": "approve", "depends_on_step": "check", "wait": {"signal": "approved"}}]}');
SELECT task_id AS task FROM tasker_create_task('order', '{}', 'shop', options => '{"initiator": "web", "reason": "a customer"}') \gset

-- A task that has only been created.
SELECT at, event, workflow_step_id, to_state, actor, details FROM tasker_task_timeline(:task);

-- A failure, a retry, a heartbeat, signals, an operator, a pause.
SET tasker_core.fake_now = '2026-01-01 10:00:30+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1') \gset
SET tasker_core.fake_now = '2026-01-01 10:01:00+00';
SELECT exhausted FROM tasker_fail_step(:step, '{"message": "no answer", "class": "Timeout"}', claim_token => :'token');
SET tasker_core.fake_now = '2026-01-01 10:02:00+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 2') \gset
SET tasker_core.fake_now = '2026-01-01 10:03:00+00';
SELECT status FROM tasker_heartbeat(ARRAY[:'token']::uuid[], progress => '{"done": 40}');
SELECT event, step_name, attempt, actor, details FROM tasker_task_timeline(:task) WHERE event = 'step.heartbeat';
SET tasker_core.fake_now = '2026-01-01 10:04:00+00';
SELECT task_state FROM tasker_complete_step(:step, '{}', :'token');
SET tasker_core.fake_now = '2026-01-01 10:05:00+00';
SELECT is_new FROM tasker_signal(:task, 'approved', '{"by": "Ada", "amount": 12345678901234567890.12345678901234567890}');
SELECT is_new FROM tasker_signal(:task, 'unknown');
SET tasker_core.fake_now = '2026-01-01 10:06:00+00';
SELECT count(*) FROM tasker_skip_step((SELECT workflow_step_id FROM tasker_find_steps('ready', :task)), 'paid in the shop', force => true);
SELECT count(*) FROM tasker_claim_steps('worker 3', 10);
SELECT at, event, step_name, from_state, to_state, attempt, cause,
    CASE WHEN actor = session_user THEN 'the role' ELSE actor END AS actor, lasted
FROM tasker_task_timeline(:task);
SELECT details FROM tasker_task_timeline(:task) WHERE event = 'signal.received';
SELECT details ->> 'reason' AS reason FROM tasker_task_timeline(:task) WHERE event = 'step.resolved_manually';

-- The chart has the same transitions.
SELECT count(DISTINCT bar) > 0 AS is_drawn FROM regexp_matches(tasker_task_timeline_svg(:task), 'tk-bar-[a-z]+', 'g') AS bar;

-- A pause, as long as it lasts.
SELECT task_id AS paused FROM tasker_create_task('order', '{}', 'shop') \gset
SELECT tasker_pause_task(:paused, 'the shop is closed');
SELECT event, details FROM tasker_task_timeline(:paused);
SELECT tasker_resume_task(:paused);
SELECT event FROM tasker_task_timeline(:paused);

-- The engine's rows: no from_state, times in no order, states that do not exist, metadata of any kind.
INSERT INTO tasker_task_transitions (task_id, to_state, metadata, sort_key, most_recent, created_at, updated_at) VALUES
    (:paused, 'in_progress', '{}', 10, false, '2026-01-01 11:00', '2026-01-01 11:00'),
    (:paused, 'lost', '[1]', 20, false, '-infinity', '2026-01-01 11:00'),
    (:paused, 'error', '"text"', 30, true, '2026-01-01 10:59', '2026-01-01 11:00');
SELECT at, event, from_state, to_state, lasted, details FROM tasker_task_timeline(:paused);

-- Arguments.
SELECT count(*) FROM tasker_task_timeline(4711);
SELECT count(*) FROM tasker_task_timeline(NULL);

-- Who may see it: roles that may read the tables, without claim tokens, and without what policies hide.
CREATE ROLE regress_timeline;
GRANT USAGE ON SCHEMA timeline TO regress_timeline;
SET ROLE regress_timeline;
SELECT count(*) FROM tasker_task_timeline(:task);
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA timeline TO regress_timeline;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
SELECT format('CREATE POLICY one ON tasker_tasks USING (task_id = %s)', :task) \gexec
SELECT format('CREATE POLICY others ON tasker_workflow_steps USING (workflow_step_id <> %s)', :step) \gexec
SET ROLE regress_timeline;
SELECT event, step_name, details ? 'claim_token' AS shows_token FROM tasker_task_timeline(:task);
SELECT count(*) FROM tasker_task_timeline(:paused);
RESET ROLE;
DROP OWNED BY regress_timeline;
DROP ROLE regress_timeline;
RESET tasker_core.fake_now;
SET client_min_messages = warning;
DROP SCHEMA timeline CASCADE;
