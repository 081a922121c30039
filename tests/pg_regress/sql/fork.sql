-- Forks: a task runs again from a step, as a new task in which all that ended well before is copied.
\pset null -
SET client_min_messages = warning;
SET datestyle = iso;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA fork;
SET search_path = fork, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "version": "1.2.0", "deadline_seconds": 86400,
    "schema": {"type": "object", "required": ["n"]}, "step_templates": [
    {"name": "pay", "timeout_seconds": 60}, {"name": "pack", "depends_on_step": "pay", "default_retry_limit": 5},
    {"name": "ship", "depends_on_step": "pack", "heartbeat_seconds": 30, "start_within_seconds": 600},
    {"name": "mail", "depends_on_step": "pay", "skippable": true}, {"name": "count", "default_retryable": false}]}');
-- Runs what is ready, each step for ten seconds; a step that is named fails for good.
CREATE FUNCTION work(task bigint, failing text DEFAULT '', rounds integer DEFAULT 10) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    claimed record;
    done text[] := '{}';
BEGIN
    FOR round IN 1..rounds LOOP
        FOR claimed IN SELECT c.* FROM tasker_claim_steps('worker', 10, task_id => task) AS c ORDER BY c.workflow_step_id LOOP
            PERFORM set_config('tasker_core.fake_now', (current_setting('tasker_core.fake_now')::timestamptz + interval '10 s')::text, false);
            IF claimed.step_name = failing THEN
                PERFORM tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', retryable => false, claim_token => claimed.claim_token);
            ELSE
                PERFORM tasker_complete_step(claimed.workflow_step_id, jsonb_build_object('by', claimed.step_name, 'of', task, 'n', claimed.inputs -> 'n'), claimed.claim_token);
            END IF;
            done := done || claimed.step_name;
        END LOOP;
    END LOOP;
    RETURN array_to_string(done, ' ');
END
$$;
-- A task as it is, without ids.
CREATE VIEW shown AS
SELECT step.task_id, named.name, side.state, side.attempts, step.processed, step.retryable, step.retry_limit, step.created_at, step.processed_at, side.state_since, step.results
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id) JOIN tasker_core_steps AS side USING (workflow_step_id)
ORDER BY step.workflow_step_id;
CREATE FUNCTION defects() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', severity, check_name, object, detail) FROM tasker_doctor() WHERE check_name NOT LIKE 'owner%' AND severity = 'error'
$$;

-- A task fails at its third step.
SELECT task_id AS old FROM tasker_create_task('order', '{"n": 1}', 'shop', options => '{"priority": 7, "initiator": "Ann", "tags": ["a"], "bypass_steps": ["mail"]}') \gset
SELECT work(:old, 'ship');
SELECT current_state FROM tasker_find_tasks(:old);
SELECT md5(string_agg(t::text, ',')) AS before FROM (SELECT tasker_export_task(:old) - 'exported_at' AS t) AS t \gset
-- It runs again from what has not ended well.
SELECT task_id AS new, created, length(identity_hash) AS identity, copied_steps, open_steps FROM tasker_fork_task(:old) \gset
SELECT :'created' AS created, :identity AS identity, :copied_steps AS copied, :open_steps AS open;
SELECT name, state, attempts, processed, retryable, retry_limit, created_at, processed_at, state_since, results - 'of' AS results FROM shown WHERE task_id = :new;
SELECT named_task_id = (SELECT named_task_id FROM tasker_tasks WHERE task_id = :old) AS same_template, complete, initiator, reason, tags, context, bypass_steps, requested_at,
    (SELECT priority FROM tasker_core_tasks AS side WHERE side.task_id = task.task_id) AS priority
FROM tasker_tasks AS task WHERE task_id = :new;
-- The edges, with their names.
SELECT parent.name, child.name, edge.name FROM tasker_workflow_step_edges AS edge
JOIN tasker_workflow_steps AS f ON f.workflow_step_id = from_step_id JOIN tasker_named_steps AS parent ON parent.named_step_id = f.named_step_id
JOIN tasker_workflow_steps AS t ON t.workflow_step_id = to_step_id JOIN tasker_named_steps AS child ON child.named_step_id = t.named_step_id
WHERE t.task_id = :new ORDER BY edge.id;
-- Its transitions say where they come from, and show no token.
SELECT named.name, transition.from_state, to_state, sort_key, most_recent, transition.created_at, metadata - 'forked_from_step_id' AS metadata,
    (metadata ->> 'forked_from_step_id')::bigint = (SELECT min(o.workflow_step_id) FROM tasker_workflow_steps AS o WHERE o.task_id = :old AND o.named_step_id = step.named_step_id) AS right_step
FROM tasker_workflow_step_transitions AS transition JOIN tasker_workflow_steps AS step USING (workflow_step_id) JOIN tasker_named_steps AS named USING (named_step_id)
WHERE step.task_id = :new ORDER BY transition.id;
-- Limits of time and the deadline, which is as long as that of the old task.
SELECT named.name, timeout_seconds, heartbeat_seconds, start_within_seconds FROM tasker_core_step_times AS kept JOIN tasker_workflow_steps AS step USING (workflow_step_id)
JOIN tasker_named_steps AS named USING (named_step_id) WHERE kept.task_id = :new ORDER BY step.workflow_step_id;
SELECT deadline_at, on_deadline FROM tasker_core_deadlines WHERE task_id = :new;
SELECT * FROM defects();
SELECT work(:new);
SELECT current_state FROM tasker_find_tasks(:new);
SELECT name, hint.task_id = :new AS is_new FROM tasker_core_hints AS hint JOIN tasker_named_steps USING (named_step_id);
-- The old task is as it was.
SELECT md5(string_agg(t::text, ',')) = :'before' AS untouched FROM (SELECT tasker_export_task(:old) - 'exported_at' AS t) AS t;
SELECT current_state FROM tasker_find_tasks(:old);

-- From a step, by its name or its id: the step and all that depends on it run again; a step that the request left out stays left out.
SELECT task_id AS again, copied_steps, open_steps FROM tasker_fork_task(:new, 'pay') \gset
SELECT name, state, attempts FROM shown WHERE task_id = :again;
SELECT work(:again);
SELECT current_state FROM tasker_find_tasks(:again);
SELECT workflow_step_id AS pack FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = :new AND name = 'pack' \gset
SELECT task_id AS by_id, copied_steps, open_steps FROM tasker_fork_task(:new, :'pack') \gset
SELECT name, state FROM shown WHERE task_id = :by_id;
-- The step that was left out, named itself.
SELECT task_id AS left_out FROM tasker_fork_task(:new, 'mail') \gset
SELECT name, state FROM shown WHERE task_id = :left_out;

-- A fork of a fork names the task that it comes from.
SELECT tasker_explain_task(:again) -> 'forked_from' ->> 'task_id' = :'new' AS origin, tasker_explain_task(:again) #- '{forked_from,task_id}' #- '{forked_from,from_step_id}' -> 'forked_from' AS forked_from;
SELECT jsonb_array_length(tasker_explain_task(:new) -> 'forks') AS forks, tasker_explain_task(:new) -> 'forks' -> 0 = to_jsonb(:again::bigint) AS first;
SELECT tasker_explain_task(:old) ? 'forked_from' AS is_fork, jsonb_array_length(tasker_explain_task(:old) -> 'forks') AS forks;
SELECT tasker_export_task(:again) -> 'forked_from' ->> 'task_id' = :'new' AS origin, tasker_export_task(:old) -> 'forked_from' AS no_origin;
SELECT step ->> 'name' AS name, step -> 'time_limits' AS limits FROM jsonb_array_elements(tasker_export_task(:again) -> 'steps') AS step;
SELECT tasker_export_task(:again) -> 'deadline' AS deadline;

-- Pictures, history, timeline.
\pset format unaligned
SELECT regexp_replace(tasker_task_mermaid(:by_id), '(#35;|u0023|\ms)[0-9]+', '\1N', 'g') AS mermaid;
SELECT regexp_replace(substring(tasker_task_dot(:by_id) FROM 'label="[^"]*"'), '#[0-9]+', '#N', 'g') AS dot;
SELECT tasker_task_svg(:by_id) ~ 'tk-copied' AS svg, tasker_task_timeline_svg(:by_id) ~ 'copied' AS chart;
SELECT at, event, step_name, from_state, to_state, actor FROM tasker_task_timeline(:by_id);
\pset format aligned
SELECT event FROM tasker_step_history((SELECT min(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = :by_id));

-- Copies are no executions.
SELECT step_name, executions FROM tasker_step_durations('-infinity') ORDER BY 1;
SELECT from_state, to_state, transitions FROM tasker_transition_stats('step', '-infinity') ORDER BY 1, 2;
SELECT count(*) FROM tasker_slowest_steps('-infinity', 100);
SELECT step_throughput, avg_step_duration FROM tasker_analytics('-infinity');

-- Nothing to run again; no such step; several steps of a name.
SELECT * FROM tasker_fork_task(:new);
SELECT * FROM tasker_fork_task(:old, 'shp');
SELECT * FROM tasker_fork_task(:old, '4711');
SELECT * FROM tasker_fork_task(:old, '');
SELECT task_id AS doubled FROM tasker_create_task('order', '{"n": 2}', 'shop') \gset
INSERT INTO tasker_workflow_steps (task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, created_at, updated_at)
SELECT task_id, named_step_id, true, 3, false, false, 0, now(), now() FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = :doubled AND name = 'count';
DO $$
BEGIN
    PERFORM tasker_fork_task((SELECT max(task_id) FROM tasker_tasks), 'count');
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE WARNING '%', regexp_replace(SQLERRM, '\d+', 'N', 'g');
END
$$;
SELECT copied_steps, open_steps FROM tasker_fork_task(:doubled, (SELECT max(workflow_step_id)::text FROM tasker_workflow_steps WHERE task_id = :doubled));
SELECT * FROM tasker_fork_task(4711);
SELECT * FROM tasker_fork_task(NULL);
SELECT * FROM tasker_fork_task(:old, NULL, NULL);
SELECT * FROM tasker_fork_task(:old, options => '[]');
SELECT * FROM tasker_fork_task(:old, options => '{"contxt": {}, "priority": 101, "subtasks": "copy", "context": 1}');
-- The context must satisfy the schema of the template.
SELECT * FROM tasker_fork_task(:old, options => '{"context": {"m": 1}}');

-- Options.
SELECT task_id AS changed FROM tasker_fork_task(:old, 'pack', '{"context": {"n": 5}, "initiator": "Bob", "source_system": "desk", "reason": "again", "tags": ["b"], "priority": -3, "deadline_seconds": 60, "on_deadline": "cancel"}') \gset
SELECT initiator, source_system, reason, tags, context, (SELECT priority FROM tasker_core_tasks AS side WHERE side.task_id = task.task_id) AS priority FROM tasker_tasks AS task WHERE task_id = :changed;
SELECT deadline_at - created_at AS after, on_deadline FROM tasker_core_deadlines JOIN tasker_tasks USING (task_id) WHERE task_id = :changed;
SELECT named.name, inputs FROM tasker_workflow_steps JOIN tasker_named_steps AS named USING (named_step_id) WHERE task_id = :changed ORDER BY workflow_step_id;
-- A key: the second call gets the fork of the first; another task of this key is no fork.
SELECT task_id AS keyed FROM tasker_create_task('order', '{"n": 1}', 'shop', options => '{"identity_key": "k"}') \gset
SELECT task_id AS first, created, copied_steps, open_steps FROM tasker_fork_task(:old, 'pack', '{"identity_key": "k"}') \gset
SELECT :'created' AS created, :first <> :keyed AS is_another;
SELECT task_id = :first AS same, created, copied_steps = :copied_steps AS copied, open_steps = :open_steps AS open FROM tasker_fork_task(:old, 'pay', '{"identity_key": "k"}');
SELECT task_id = :first AS same, created FROM tasker_fork_task(:new, 'pay', '{"identity_key": "k"}');

-- A task that runs: what is in progress runs again in the fork.
SELECT task_id AS running FROM tasker_create_task('order', '{"n": 3}', 'shop') \gset
SELECT work(:running, rounds => 1);
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 10, task_id => :running);
SELECT task_id AS beside FROM tasker_fork_task(:running) \gset
SELECT name, state, attempts FROM shown WHERE task_id = :running;
SELECT name, state, attempts FROM shown WHERE task_id = :beside;
SELECT count(*) AS leases FROM tasker_core_leases AS lease WHERE lease.task_id = :beside;
-- Cancelled steps, and steps that were added while the task ran.
SELECT step_name FROM tasker_add_steps(:beside, '[{"name": "extra", "depends_on": "pay", "inputs": {"x": 1}, "timeout_seconds": 5}]');
SELECT count(*) FROM tasker_cancel_task(:beside);
SELECT task_id AS whole FROM tasker_fork_task(:beside) \gset
SELECT name, state FROM shown WHERE task_id = :whole;
SELECT work(:whole);
SELECT current_state FROM tasker_find_tasks(:whole);

-- Rules: joins, conditions, signals, waits.
SELECT created FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "run"}]}');
SELECT created FROM tasker_register_task('{"name": "ruled", "step_templates": [{"name": "begin"},
    {"name": "approve", "depends_on_step": "begin", "wait": {"signal": "approved"}},
    {"name": "early", "wait": {"signal": "early"}}, {"name": "rest", "depends_on_step": "begin", "wait": {"seconds": 60}},
    {"name": "part", "depends_on_step": "approve", "subtask": {"task_name": "job"}},
    {"name": "cheap", "depends_on_step": "begin", "when": {"begin": "$.n > 1"}},
    {"name": "end", "depends_on_steps": ["part", "cheap", "rest"], "join": "none_failed"}]}');
SELECT task_id AS ruled FROM tasker_create_task('ruled', '{"n": 1}') \gset
SELECT tasker_signal(:ruled, 'early', '{"by": 1}') IS NOT NULL AS sent;
SELECT work(:ruled, rounds => 1);
SELECT tasker_signal(:ruled, 'approved', '{"by": "Ann"}') IS NOT NULL AS sent;
SELECT waited_task_id AS sub FROM tasker_core_rules WHERE task_id = :ruled AND creates_task \gset
SELECT work(:sub);
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT tasker_maintain() IS NOT NULL AS maintained;
SELECT name, state FROM shown WHERE task_id = :ruled;
-- Only the last step runs again: its join is satisfied at once. The subtask stays that of the old task.
SELECT task_id AS last FROM tasker_fork_task(:ruled, 'end') \gset
SELECT shown.name, state, waited_task_id = :sub AS same_subtask, creates_task, decided_at IS NOT NULL AS decided, laid_down_by IS NOT NULL AS has_role
FROM shown JOIN tasker_workflow_steps AS step USING (task_id) JOIN tasker_core_rules AS rule USING (workflow_step_id) JOIN tasker_named_steps AS named ON named.named_step_id = step.named_step_id AND named.name = shown.name
WHERE shown.task_id = :last ORDER BY workflow_step_id;
SELECT name FROM tasker_core_signals WHERE task_id = :last ORDER BY 1;
SELECT work(:last);
SELECT current_state FROM tasker_find_tasks(:last);
-- A wait that runs again needs a new signal; the step after it creates a new subtask.
SELECT task_id AS wait FROM tasker_fork_task(:ruled, 'approve') \gset
SELECT name, state FROM shown WHERE task_id = :wait;
SELECT name FROM tasker_core_signals WHERE task_id = :wait ORDER BY 1;
SELECT tasker_signal(:wait, 'approved', '{"by": "Bob"}') IS NOT NULL AS sent;
SELECT waited_task_id <> :sub AS new_subtask FROM tasker_core_rules WHERE task_id = :wait AND creates_task;
SELECT results -> 'payload' AS payload FROM shown WHERE task_id = :wait AND name = 'approve';
-- From the first step: every rule is evaluated again; the signal that came early is needed by no step that runs again.
SELECT task_id AS whole FROM tasker_fork_task(:ruled, 'begin') \gset
SELECT work(:whole, rounds => 1);
SELECT name, state FROM shown WHERE task_id = :whole;
-- The subtask is copied, too, with all that it did.
SELECT task_id AS deep FROM tasker_fork_task(:ruled, 'end', '{"subtasks": "fork"}') \gset
SELECT waited_task_id AS deep_sub, waited_task_id <> :sub AS another, creates_task FROM tasker_core_rules WHERE task_id = :deep AND waited_task_id IS NOT NULL \gset
SELECT :'another' AS another, :'creates_task' AS creates_task, tasker_parent_task(:deep_sub) = :deep AS parent;
SELECT name, state, results -> 'by' AS by FROM shown WHERE task_id = :deep_sub;
SELECT current_state FROM tasker_find_tasks(:deep_sub);
SELECT * FROM defects();

-- Events: the fork is created; its copies tell nothing.
SELECT tasker_subscribe('mail') AS is_new;
SELECT task_id AS told FROM tasker_fork_task(:old) \gset
SELECT event, payload -> 'task_context' AS context FROM tasker_read_events('mail');

-- The fork outlives its origin, and the origin its fork.
SELECT done FROM tasker_purge('0', parent_task_id => NULL, task_name => 'none', dry_run => false);
SELECT task_id AS heir FROM tasker_fork_task(:old, 'pay') \gset
SELECT deleted_steps FROM tasker_delete_task(:old, force => true);
SELECT tasker_explain_task(:heir) -> 'forked_from' ->> 'task_id' = :'old' AS origin, tasker_explain_task(:heir) -> 'forked_from' -> 'is_deleted' AS is_deleted;
SELECT work(:heir);
SELECT deleted_steps FROM tasker_delete_task(:heir);
SELECT count(*) AS links FROM tasker_core_forks WHERE task_id = :heir;
SET tasker_core.fake_now = '2026-02-01 12:00:00+00';
SELECT count(*) > 0 AS purged FROM tasker_purge('0', task_name => 'order', dry_run => false) WHERE done;
SELECT count(*) AS links FROM tasker_core_forks WHERE task_id IN (:new, :again);
-- Rows that were left behind.
INSERT INTO tasker_core_forks VALUES (4711, 1, NULL, '2026-01-01', 'x', '{}');
SELECT object, detail FROM tasker_rebuild() WHERE object LIKE '%forks';

-- Roles: who may not read, who may read but not insert, who may.
CREATE ROLE regress_fork;
GRANT USAGE ON SCHEMA fork TO regress_fork;
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:ruled, 'end');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA fork TO regress_fork;
REVOKE ALL ON tasker_core_forks, tasker_core_steps, tasker_core_rules, tasker_core_tasks FROM regress_fork;
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:ruled, 'end');
RESET ROLE;
GRANT INSERT ON tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges TO regress_fork;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA fork TO regress_fork;
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:ruled, 'end');
RESET ROLE;
GRANT INSERT ON tasker_workflow_step_transitions TO regress_fork;
-- A column without privilege.
REVOKE SELECT ON tasker_workflow_steps FROM regress_fork;
GRANT SELECT (workflow_step_id, task_id, named_step_id) ON tasker_workflow_steps TO regress_fork;
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:ruled, 'end');
RESET ROLE;
GRANT SELECT ON tasker_workflow_steps TO regress_fork;
SET ROLE regress_fork;
SELECT task_id AS of_role, created, copied_steps, open_steps FROM tasker_fork_task(:ruled, 'end') \gset
RESET ROLE;
SELECT name, state FROM shown WHERE task_id = :of_role;
SELECT DISTINCT laid_down_by FROM tasker_core_rules WHERE task_id = :of_role;

-- Policies: what is hidden cannot be forked; a hidden origin is not named.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_tasks TO regress_fork USING (COALESCE(initiator, '') <> 'hidden');
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_workflow_steps TO regress_fork USING (COALESCE(inputs ->> 'hidden', '') = '');
SET ROLE regress_fork;
SELECT created, copied_steps, open_steps FROM tasker_fork_task(:ruled, 'end');
SELECT tasker_explain_task(:of_role) -> 'forked_from' ->> 'task_id' = :'ruled' AS origin;
SELECT task_id AS first, created FROM tasker_fork_task(:ruled, 'end', '{"identity_key": "r"}') \gset
SELECT task_id = :first AS same, created FROM tasker_fork_task(:ruled, 'end', '{"identity_key": "r"}');
RESET ROLE;
SELECT task_id <> :first AS another, created FROM tasker_fork_task(:ruled, 'end', '{"identity_key": "r"}');
UPDATE tasker_tasks SET initiator = 'hidden' WHERE task_id = :ruled;
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:ruled, 'end');
SELECT tasker_explain_task(:of_role) -> 'forked_from' AS origin, tasker_export_task(:of_role) -> 'forked_from' AS exported, tasker_task_mermaid(:of_role) ~ 'forked' AS drawn;
-- Neither can a task be made that the policy forbids.
SELECT * FROM tasker_fork_task(:of_role, 'end', '{"initiator": "hidden"}');
RESET ROLE;
UPDATE tasker_workflow_steps SET inputs = '{"hidden": "yes"}' WHERE workflow_step_id = (SELECT min(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = :of_role);
SET ROLE regress_fork;
SELECT * FROM tasker_fork_task(:of_role, 'end');
RESET ROLE;

-- A trigger of the application that discards rows.
CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER discard BEFORE INSERT ON tasker_workflow_step_edges FOR EACH ROW EXECUTE FUNCTION discard();
SELECT * FROM tasker_fork_task(:ruled, 'end');
DROP TRIGGER discard ON tasker_workflow_step_edges;
-- In a transaction that is read-only.
BEGIN READ ONLY;
SELECT * FROM tasker_fork_task(:ruled, 'end');
ROLLBACK;
SELECT * FROM defects();
-- TRUNCATE forgets all of them.
TRUNCATE tasker_tasks CASCADE;
SELECT count(*) AS links FROM tasker_core_forks;

-- A task of 5,000 steps.
\set VERBOSITY terse
SELECT task_id AS large FROM tasker_create_task('order', '{"n": 9}', 'shop') \gset
SELECT count(*) FROM tasker_add_steps(:large, (SELECT jsonb_agg(jsonb_build_object('name', 'n' || n, 'depends_on', CASE WHEN n % 100 = 1 THEN 'pay' ELSE 'n' || n - 1 END)) FROM generate_series(1, 5000) AS n));
SELECT created, copied_steps, open_steps FROM tasker_fork_task(:large, 'pay');

DROP OWNED BY regress_fork;
DROP ROLE regress_fork;
SET client_min_messages = error;
DROP SCHEMA fork CASCADE;
