-- The time limits of steps and the deadlines of tasks: executions, leases, the wait for a worker, whole tasks.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
RESET client_min_messages;
CREATE SCHEMA time_limits;
SET search_path = time_limits, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';

-- Fields of a template that make no sense.
SELECT * FROM tasker_validate_template('{"name": "bad", "deadline_seconds": 0, "on_deadline": "explode", "step_templates": [
    {"name": "a", "timeout_seconds": 1.5, "heartbeat_seconds": -1, "start_within_seconds": "1 h"}, {"name": "b", "timeout": 3}]}');

SELECT created FROM tasker_register_task('{"name": "limited", "namespace_name": "times", "step_templates": [
    {"name": "call", "timeout_seconds": 60, "heartbeat_seconds": 20, "start_within_seconds": 300, "default_retry_limit": 2},
    {"name": "after", "depends_on_step": "call", "start_within_seconds": 100}]}');
SELECT tasker_template('limited', 'times') -> 'step_templates' -> 0 AS normal_form;

-- One execution, whatever its heartbeats say. The lease is that of the step, and does not outlast the execution.
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT workflow_step_id AS step, claim_token AS token, lease_until FROM tasker_claim_steps('worker 1', task_id => :task) \gset
SELECT :'lease_until';
SET tasker_core.fake_now = '2026-01-01 10:00:15+00';
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SET tasker_core.fake_now = '2026-01-01 10:00:30+00';
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SET tasker_core.fake_now = '2026-01-01 10:00:50+00';
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid], '1 hour');
SELECT leases_expired FROM tasker_maintain();
SELECT tasker_explain_step(:step) -> 'time_limits' AS time_limits;
SET tasker_core.fake_now = '2026-01-01 10:01:00+00';
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT leases_expired FROM tasker_maintain();
SELECT status, lease_until FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT * FROM tasker_complete_step(:step, '{}', :'token');
SELECT * FROM tasker_fail_step(:step, '{"message": "late"}', claim_token => :'token');
SELECT to_state, metadata - 'claim_token' AS metadata FROM tasker_workflow_step_transitions WHERE workflow_step_id = :step AND most_recent;
SELECT attempts, results FROM tasker_workflow_steps WHERE workflow_step_id = :step;
-- It follows the rules of retries; a worker that is silent loses its lease as before.
SET tasker_core.fake_now = '2026-01-01 10:03:00+00';
SELECT workflow_step_id AS step, claim_token AS token, attempt FROM tasker_claim_steps('worker 2', task_id => :task) \gset
SET tasker_core.fake_now = '2026-01-01 10:03:30+00';
SELECT leases_expired FROM tasker_maintain();
SELECT metadata ->> 'error_class' AS error_class, metadata ->> 'retry_available' AS retried
FROM tasker_workflow_step_transitions WHERE workflow_step_id = :step AND most_recent;
SELECT execution_status FROM tasker_task_context(:task);

-- What a claim asks for goes over what the step says.
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT workflow_step_id AS step, claim_token AS token, lease_until FROM tasker_claim_steps('worker 1', task_id => :task, lease => '5 s') \gset
SELECT :'lease_until';
-- A result that comes before the step is taken back still counts.
SET tasker_core.fake_now = '2026-01-01 10:10:00+00';
SELECT state, task_state FROM tasker_complete_step(:step, '{}', :'token');

-- A step that is ready and is not claimed in time fails, from when it became ready.
SET tasker_core.fake_now = '2026-01-01 10:11:39+00';
SELECT leases_expired FROM tasker_maintain();
SELECT step_name, blocking_reason, time_limits FROM (
    SELECT explained ->> 'name' AS step_name, explained ->> 'blocking_reason' AS blocking_reason, explained -> 'time_limits' AS time_limits
    FROM (SELECT tasker_explain_step(workflow_step_id) AS explained FROM tasker_workflow_steps WHERE task_id = :task ORDER BY workflow_step_id) AS e) AS e;
SET tasker_core.fake_now = '2026-01-01 10:11:40+00';
SELECT leases_expired FROM tasker_maintain();
SELECT step.attempts, step.in_process, transition.to_state, transition.metadata - 'claim_token' AS metadata
FROM tasker_workflow_steps AS step JOIN tasker_workflow_step_transitions AS transition USING (workflow_step_id)
WHERE step.task_id = :task AND transition.most_recent ORDER BY workflow_step_id;
-- Its retry has as long again, and so on until there is no attempt left.
SET tasker_core.fake_now = '2026-01-01 10:11:45+00';
SELECT promoted, leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:13:00+00';
SELECT promoted, leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:14:00+00';
SELECT promoted, leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:17:00+00';
SELECT count(*) FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:20:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT execution_status FROM tasker_task_context(:task);
-- A pause does not stop the clock, but nothing fails while it lasts.
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT tasker_pause_task(:task);
SET tasker_core.fake_now = '2026-01-01 10:30:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT tasker_resume_task(:task);
SELECT leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:34:59+00';
SELECT leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:35:00+00';
SELECT leases_expired FROM tasker_maintain();

-- The same if the pause ends between two looks; a step that waits for its parent is not looked at again and again.
SET tasker_core.fake_now = '2026-01-01 10:40:00+00';
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT tasker_pause_task(:task);
SET tasker_core.fake_now = '2026-01-01 10:50:00+00';
SELECT count(*) FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:54:00+00';
SELECT tasker_resume_task(:task);
SET tasker_core.fake_now = '2026-01-01 10:55:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT count(*) AS failed FROM tasker_workflow_step_transitions JOIN tasker_workflow_steps USING (workflow_step_id) WHERE task_id = :task AND to_state = 'error';
SET tasker_core.fake_now = '2026-01-01 10:59:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT count(*) AS failed FROM tasker_workflow_step_transitions JOIN tasker_workflow_steps USING (workflow_step_id) WHERE task_id = :task AND to_state = 'error';
SELECT count(*) FROM tasker_cancel_task(:task);
SELECT count(*) FROM tasker_maintain();
SELECT count(*) FROM tasker_core_timers AS timer JOIN tasker_core_steps AS step ON timer.kind = 'step' AND timer.subject_id = step.workflow_step_id
WHERE step.task_id = :task;
SET tasker_core.fake_now = '2026-01-01 10:35:00+00';

-- The configuration limits executions that say nothing of their own, by scope; executions of the engine as well.
SELECT created FROM tasker_register_task('{"name": "plain", "namespace_name": "times", "step_templates": [{"name": "one"}, {"name": "two"}]}');
SELECT count(*) FROM tasker_set_config('readiness', '{"timeout_seconds": 30}', 'step_name:one');
SELECT task_id AS task FROM tasker_create_task('plain', '{}', 'times') \gset
SELECT step_name, lease_until FROM tasker_claim_steps('worker 1', 2, task_id => :task) ORDER BY step_name;
SET tasker_core.fake_now = '2026-01-01 10:35:30+00';
SELECT leases_expired FROM tasker_maintain();
SELECT named_step.name, transition.to_state, transition.metadata ->> 'error_message' AS error
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named_step USING (named_step_id)
JOIN tasker_workflow_step_transitions AS transition USING (workflow_step_id)
WHERE step.task_id = :task AND transition.most_recent ORDER BY named_step.name;
SELECT count(*) FROM tasker_set_config('readiness', '{"timeout_seconds": -1}');
SELECT count(*) FROM tasker_set_config('readiness', '{"timeout_seconds": null}', 'step_name:one');

-- The engine's executions have the limits of their steps, or the configured one.
SELECT count(*) FROM tasker_set_config('readiness', '{"timeout_seconds": 30}');
SELECT task_id AS other FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT task_id AS third FROM tasker_create_task('plain', '{}', 'times') \gset
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
SELECT min(workflow_step_id), 'in_progress', 10, true, '2026-01-01 10:35:30', '2026-01-01 10:35:30' FROM tasker_workflow_steps WHERE task_id IN (:other, :third) GROUP BY task_id;
SET tasker_core.fake_now = '2026-01-01 10:36:00+00';
SELECT stale_recovered FROM tasker_maintain();
SELECT task_id = :other AS has_own, to_state, metadata ->> 'error_class' AS error_class
FROM tasker_workflow_step_transitions JOIN tasker_workflow_steps USING (workflow_step_id) WHERE task_id IN (:other, :third) AND most_recent ORDER BY task_id;
SET tasker_core.fake_now = '2026-01-01 10:36:30+00';
SELECT stale_recovered FROM tasker_maintain();
SELECT count(*) FROM tasker_set_config('readiness', '{"timeout_seconds": null}');
SELECT count(*) FROM unnest(ARRAY[:other, :third]::bigint[]) AS task (id), tasker_cancel_task(task.id);

-- The configuration also limits how long a step may be ready, for steps that become ready afterwards: the first steps of a task, its
-- later steps, and those that the engine creates. A step's own limit counts instead, and a narrower scope can lift it.
SELECT count(*) FROM tasker_set_config('readiness', '{"start_within_seconds": 100}', 'namespace:starts');
SELECT count(*) FROM tasker_set_config('readiness', '{"start_within_seconds": 0}', 'step_name:two');
SELECT created FROM tasker_register_task('{"name": "chain", "namespace_name": "starts", "step_templates": [
    {"name": "one"}, {"name": "two"}, {"name": "three", "depends_on_step": "one"}, {"name": "own", "start_within_seconds": 900}]}');
SET tasker_core.fake_now = '2026-01-01 10:36:30+00';
SELECT task_id AS chain FROM tasker_create_task('chain', '{}', 'starts') \gset
SELECT step_name, start_by FROM tasker_next_steps(100) WHERE task_id = :chain ORDER BY step_name;
SELECT tasker_explain_step(workflow_step_id) -> 'time_limits' AS limits
FROM tasker_find_steps(task_id => :chain) WHERE step_name IN ('one', 'two') ORDER BY step_name;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', 1, task_id => :chain) \gset
SET tasker_core.fake_now = '2026-01-01 10:38:00+00';
SELECT task_state FROM tasker_complete_step(:step, '{}', :'token');
SET tasker_core.fake_now = '2026-01-01 10:39:39+00';
SELECT leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 10:39:40+00';
SELECT leases_expired FROM tasker_maintain();
SELECT step_name, current_state FROM tasker_find_steps(task_id => :chain) ORDER BY step_name;
INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT named_task_id, '2026-01-01 10:39:40', 'of the engine', '2026-01-01 10:39:40', '2026-01-01 10:39:40'
FROM tasker_named_tasks WHERE name = 'chain' RETURNING task_id AS engine \gset
INSERT INTO tasker_workflow_steps (task_id, named_step_id, created_at, updated_at)
SELECT :engine, named_step_id, '2026-01-01 10:39:40', '2026-01-01 10:39:40' FROM tasker_named_steps WHERE name IN ('one', 'two');
SET tasker_core.fake_now = '2026-01-01 10:42:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT step_name, current_state FROM tasker_find_steps(task_id => :engine) ORDER BY step_name;
-- When the option is gone, the timers that it has set do nothing.
SELECT task_id AS freed FROM tasker_create_task('chain', '{}', 'starts') \gset
SELECT count(*) FROM tasker_set_config('readiness', '{"start_within_seconds": null}', 'namespace:starts');
SELECT count(*) FROM tasker_set_config('readiness', '{"start_within_seconds": null}', 'step_name:two');
SET tasker_core.fake_now = '2026-01-01 10:45:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT count(*) FROM unnest(ARRAY[:chain, :engine, :freed]::bigint[]) AS task (id), tasker_cancel_task(task.id);
SET tasker_core.fake_now = '2026-01-01 10:36:30+00';

-- Steps that are added have limits as well.
SELECT step_name, created FROM tasker_add_steps(:task, '[{"name": "late", "timeout_seconds": 10, "start_within_seconds": 20}]');
SELECT count(*) FROM tasker_add_steps(:task, '[{"name": "worse", "timeout_seconds": 0, "heartbeat_seconds": "x", "start_within_seconds": 1.5}]');
SET tasker_core.fake_now = '2026-01-01 10:36:50+00';
SELECT leases_expired FROM tasker_maintain();

-- Deadlines. By default what runs, or could run, fails for good; what waits for it stays.
SELECT created FROM tasker_register_task('{"name": "due", "namespace_name": "times", "deadline_seconds": 600, "step_templates": [
    {"name": "runs"}, {"name": "ready"}, {"name": "waits", "wait": {"signal": "go"}}, {"name": "failed"},
    {"name": "done"}, {"name": "after", "depends_on_steps": ["runs", "ready"]}]}');
SET tasker_core.fake_now = '2026-01-01 11:00:00+00';
SELECT task_id AS task FROM tasker_create_task('due', '{}', 'times') \gset
SELECT tasker_explain_task(:task) -> 'deadline' AS deadline;
SELECT claim_token AS runs FROM tasker_claim_steps('worker 1', step_names => '{runs}') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', step_names => '{done}') \gset
SELECT task_state FROM tasker_complete_step(:step, '{}', :'token');
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', step_names => '{failed}') \gset
SET tasker_core.fake_now = '2026-01-01 11:09:59+00';
SELECT exhausted FROM tasker_fail_step(:step, '{"message": "no"}', claim_token => :'token');
SELECT status FROM tasker_heartbeat(ARRAY[:'runs'::uuid], '1 hour');
SELECT count(*) FROM tasker_maintain();
SELECT execution_status FROM tasker_task_context(:task);
SET tasker_core.fake_now = '2026-01-01 11:10:00+00';
SELECT count(*) FROM tasker_maintain();
CREATE VIEW what_happened AS
SELECT step.task_id, named_step.name, step.attempts, step.retryable, transition.to_state, transition.metadata ->> 'triggered_by' AS cause,
    transition.metadata ->> 'error_class' AS error_class
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named_step USING (named_step_id)
LEFT JOIN tasker_workflow_step_transitions AS transition ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent
ORDER BY named_step.name;
SELECT name, attempts, retryable, to_state, cause, error_class FROM what_happened WHERE task_id = :task;
SELECT to_state FROM tasker_task_transitions WHERE task_id = :task AND most_recent;
SELECT status FROM tasker_heartbeat(ARRAY[:'runs'::uuid]);
SELECT count(*) FROM tasker_core_deadlines;
-- An operator can let it run again, without the deadline.
SELECT count(*) > 0 AS reset FROM (SELECT tasker_reset_step(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = :task AND NOT retryable) AS reset;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT step_name FROM tasker_claim_steps('worker 1', 5, task_id => :task) ORDER BY step_name;

-- A step that waits for a task of its own takes it with it.
SELECT created FROM tasker_register_task('{"name": "outer", "namespace_name": "times", "deadline_seconds": 60, "step_templates": [
    {"name": "call", "subtask": {"task_name": "plain", "namespace": "times"}}, {"name": "then", "depends_on_step": "call"}]}');
SELECT task_id AS task FROM tasker_create_task('outer', '{}', 'times') \gset
SELECT count(*) FROM tasker_maintain();
SELECT task_id AS inner FROM tasker_find_tasks(parent_task_id => :task) \gset
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT name, to_state, error_class FROM what_happened WHERE task_id = :task;
SELECT task_id = :task AS is_outer, to_state FROM tasker_task_transitions WHERE task_id IN (:task, :inner) AND most_recent ORDER BY task_id;

-- The options of a task go over its template; a deadline counts from start_at; a task that ends in time has none.
SELECT task_id AS task FROM tasker_create_task('due', '{}', 'times', options => '{"on_deadline": "cancel", "deadline_seconds": 60, "start_at": "2026-01-01T13:00:00Z"}') \gset
SELECT deadline_at, on_deadline FROM tasker_core_deadlines WHERE task_id = :task;
SET tasker_core.fake_now = '2026-01-01 13:01:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT DISTINCT to_state, cause, error_class FROM what_happened WHERE task_id = :task;
SELECT to_state, metadata ->> 'reason' AS reason, metadata ->> 'cancelled_by' AS cancelled_by FROM tasker_task_transitions WHERE task_id = :task AND most_recent;
SELECT DISTINCT metadata ->> 'cancelled_by' AS cancelled_by FROM tasker_workflow_step_transitions JOIN tasker_workflow_steps USING (workflow_step_id) WHERE task_id = :task AND to_state = 'cancelled';
SELECT task_id AS task FROM tasker_create_task('plain', '{}', 'times', options => '{"deadline_seconds": 60}') \gset
SELECT count(*) FROM tasker_claim_steps('worker 1', 2, task_id => :task) AS claim, tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
SET tasker_core.fake_now = '2026-01-01 13:10:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT to_state FROM tasker_task_transitions WHERE task_id = :task AND most_recent;
SELECT count(*) FROM tasker_create_task('plain', '{}', 'times', options => '{"deadline_seconds": 0, "on_deadline": "x"}');

-- While a name is paused, no step fails for having waited for a worker.
SELECT count(*) FROM tasker_maintain();
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT tasker_pause('step_name', 'call', 'repair');
SET tasker_core.fake_now = '2026-01-01 13:15:10+00';
SELECT leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 13:20:10+00';
SELECT leases_expired FROM tasker_maintain();
SELECT tasker_resume('step_name', 'call');
SET tasker_core.fake_now = '2026-01-01 13:20:20+00';
SELECT leases_expired FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 13:25:10+00';
SELECT leases_expired FROM tasker_maintain();
SELECT name, to_state, error_class FROM what_happened WHERE task_id = :task AND name = 'call';
SELECT count(*) FROM tasker_cancel_task(:task);

-- A step that a deadline has failed stays failed, also when the task for which it waited is done.
SELECT task_id AS other FROM tasker_create_task('plain', '{}', 'times') \gset
SELECT task_id AS task FROM tasker_create_task('plain', '{}', 'times', options => '{"deadline_seconds": 60}') \gset
SELECT step_name FROM tasker_add_steps(:task, jsonb_build_array(jsonb_build_object('name', 'watch', 'wait', jsonb_build_object('task', :other))));
SELECT count(*) FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 13:27:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT name, to_state, error_class FROM what_happened WHERE task_id = :task AND name = 'watch';
SELECT count(*) FROM tasker_claim_steps('worker 1', 5, task_id => :other) AS claim, tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
SELECT count(*) FROM tasker_maintain();
SELECT to_state FROM tasker_task_transitions WHERE task_id = :other AND most_recent;
SELECT name, to_state, error_class FROM what_happened WHERE task_id = :task AND name = 'watch';
SELECT to_state FROM tasker_task_transitions WHERE task_id = :task AND most_recent;
-- An operator can let it run again.
SELECT state FROM tasker_reset_step((SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = :task AND name = 'watch'));
SELECT count(*) FROM tasker_maintain();
SELECT name, to_state, error_class FROM what_happened WHERE task_id = :task AND name = 'watch';

-- Timers of deadlines that were deleted by hand: the doctor sees it, and a rebuild brings them back.
SELECT task_id AS task FROM tasker_create_task('due', '{}', 'times') \gset
SELECT check_name FROM tasker_doctor() WHERE check_name = 'deadline_not_queued';
DELETE FROM tasker_core_timers WHERE kind = 'task' AND subject_id = :task;
SELECT severity, object = 'task ' || :task AS right_task, detail, fix FROM tasker_doctor() WHERE check_name = 'deadline_not_queued';
SELECT object, detail FROM tasker_rebuild() WHERE object LIKE '%timers';
SELECT count(*) FROM tasker_doctor() WHERE check_name = 'deadline_not_queued';
SET tasker_core.fake_now = '2026-01-01 13:40:00+00';
SELECT count(*) FROM tasker_maintain();
SELECT to_state FROM tasker_task_transitions WHERE task_id = :task AND most_recent;

-- Nothing is left of what is deleted.
SELECT count(*) > 0 AS deleted FROM (SELECT tasker_delete_task(task_id, force => true) FROM tasker_tasks) AS deleted;
SELECT (SELECT count(*) FROM tasker_core_step_times) AS limits, (SELECT count(*) FROM tasker_core_deadlines) AS deadlines;
INSERT INTO tasker_core_step_times (workflow_step_id, task_id) VALUES (4711, 1);
INSERT INTO tasker_core_deadlines (task_id, deadline_at, on_deadline) VALUES (4711, '2026-01-01', 'fail');
SELECT * FROM tasker_rebuild() WHERE object LIKE '%step_times' OR object LIKE '%deadlines';

-- A purge leaves nothing behind either.
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times', options => '{"deadline_seconds": 9000}') \gset
SELECT count(*) FROM tasker_cancel_task(:task);
SET tasker_core.fake_now = '2026-01-02 13:12:00+00';
SELECT count(*) FROM tasker_purge('1 hour', dry_run => false) WHERE task_id = :task;
SELECT (SELECT count(*) FROM tasker_core_step_times WHERE task_id = :task) AS limits,
    (SELECT count(*) FROM tasker_core_deadlines WHERE task_id = :task) AS deadlines;

-- Roles: who may create tasks may limit them, and row-level security hides a timeout as it hides the step.
CREATE ROLE regress_time_limits;
GRANT USAGE ON SCHEMA time_limits TO regress_time_limits;
SELECT task_id AS task FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', task_id => :task) \gset
SET ROLE regress_time_limits;
SELECT count(*) FROM tasker_create_task('due', '{}', 'times', options => '{"deadline_seconds": 60}');
SELECT count(*) FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT count(*) FROM tasker_core_step_times;
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA time_limits TO regress_time_limits;
REVOKE ALL ON tasker_core_step_times, tasker_core_deadlines FROM regress_time_limits;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA time_limits TO regress_time_limits;
SET ROLE regress_time_limits;
SELECT task_id AS theirs FROM tasker_create_task('due', '{}', 'times', options => '{"deadline_seconds": 60}') \gset
SELECT tasker_explain_task(:theirs) -> 'deadline' ->> 'at' AS deadline_at;
RESET ROLE;
SET tasker_core.fake_now = '2026-01-02 13:13:00+00';
SELECT leases_expired FROM tasker_maintain();
SELECT to_state FROM tasker_task_transitions WHERE task_id = :theirs AND most_recent;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY theirs ON tasker_workflow_steps TO regress_time_limits USING (task_id <> :task);
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SET ROLE regress_time_limits;
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
RESET ROLE;
DROP OWNED BY regress_time_limits;
DROP ROLE regress_time_limits;

-- Limits of the steps that run next: their own, those of the configuration, and the deadline of their task.
BEGIN;
SET LOCAL tasker_core.fake_now = '2026-02-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "with deadline", "namespace_name": "times", "deadline_seconds": 600, "step_templates": [
    {"name": "free"}, {"name": "waits", "depends_on_step": "free", "timeout_seconds": 9}]}');
SELECT task_id AS bounded FROM tasker_create_task('with deadline', '{}', 'times') \gset
SELECT task_id AS limited FROM tasker_create_task('limited', '{}', 'times') \gset
SELECT step_name, source, start_by, timeout, deadline_at FROM tasker_next_steps();
SELECT FROM tasker_set_config('readiness', '{"timeout_seconds": 90}', 'global') \g /dev/null
SET LOCAL tasker_core.fake_now = '2026-02-01 10:01:00+00';
SELECT step_name, source, start_by, timeout, deadline_at FROM tasker_next_steps();
ROLLBACK;
