-- What each function reads of the tables of a big installation when it is asked about one task: rows of sequential scans,
-- and rows through indexes. Answers "ok NAME" or "not ok NAME: …" for each; see plans.sh.
\set ON_ERROR_STOP on
SET client_min_messages = error;
CREATE TEMPORARY TABLE call (position integer GENERATED ALWAYS AS IDENTITY, name text, call text);
-- $1 is a task of ten steps whose first has failed once, $2 that step, $3 the last.
INSERT INTO call (name, call)
SELECT substring(call FROM 'tasker_\w+'), call FROM unnest(ARRAY[
    $$SELECT * FROM tasker_ready_steps($1)$$,
    $$SELECT * FROM tasker_ready_steps_of_tasks(ARRAY[$1, $1 + 1])$$,
    $$SELECT * FROM tasker_step_readiness($1)$$,
    $$SELECT * FROM tasker_step_readiness($1, ARRAY[$2])$$,
    $$SELECT * FROM tasker_task_context($1)$$,
    $$SELECT * FROM tasker_rails_get_step_readiness_status($1)$$,
    $$SELECT * FROM tasker_rails_get_task_execution_context($1)$$,
    $$SELECT * FROM tasker_rails_calculate_dependency_levels($1)$$,
    $$SELECT * FROM tasker_dependency_levels($1)$$,
    $$SELECT * FROM tasker_topological_order($1)$$,
    $$SELECT * FROM tasker_ancestors($3, true)$$,
    $$SELECT * FROM tasker_descendants($2, true)$$,
    $$SELECT * FROM tasker_task_graph($1)$$,
    $$SELECT * FROM tasker_critical_path($1)$$,
    $$SELECT * FROM tasker_bottlenecks($1)$$,
    $$SELECT * FROM tasker_parallelism($1)$$,
    $$SELECT * FROM tasker_workflow_summary($1)$$,
    $$SELECT tasker_task_mermaid($1)$$,
    $$SELECT tasker_task_dot($1)$$,
    $$SELECT tasker_task_svg($1)$$,
    $$SELECT tasker_task_timeline_svg($1)$$,
    $$SELECT * FROM tasker_explain_step($2)$$,
    $$SELECT * FROM tasker_explain_task($1)$$,
    $$SELECT * FROM tasker_plan_task($1)$$,
    $$SELECT * FROM tasker_step_history($2)$$,
    $$SELECT * FROM tasker_task_history($1)$$,
    $$SELECT * FROM tasker_task_timeline($1)$$,
    $$SELECT tasker_export_task($1)$$,
    $$SELECT * FROM tasker_step_siblings($3)$$,
    $$SELECT tasker_subscribe('plans')$$,
    $$SELECT * FROM tasker_read_events('plans')$$,
    $$SELECT tasker_ack_events('plans', position) FROM tasker_read_events('plans', 2)$$,
    $$SELECT tasker_publish_event($1, $2, 'order.paid')$$,
    $$SELECT * FROM tasker_subscriptions()$$,
    $$SELECT tasker_unsubscribe('plans')$$,
    $$SELECT * FROM tasker_schedule('plans', 'plans', '@daily', namespace => 'plans')$$,
    $$SELECT tasker_trigger_schedule('plans')$$,
    $$SELECT * FROM tasker_schedules()$$,
    $$SELECT tasker_pause_schedule('plans'), tasker_resume_schedule('plans'), tasker_unschedule('plans')$$,
    $$SELECT * FROM tasker_step_completion_stats($1)$$,
    $$SELECT * FROM tasker_parent_task($1)$$,
    $$SELECT * FROM tasker_find_tasks(task_id => $1)$$,
    $$SELECT * FROM tasker_find_steps(task_id => $1)$$,
    $$SELECT * FROM tasker_find_transitions(workflow_step_id => $2)$$,
    $$SELECT * FROM tasker_find_transitions('task', task_id => $1)$$,
    $$SELECT * FROM tasker_config(task_id => $1)$$,
    $$SELECT * FROM tasker_can_transition_step($2, 'pending')$$,
    $$SELECT * FROM tasker_can_transition_task($1, 'complete')$$,
    $$SELECT * FROM tasker_transition_step($2, 'pending')$$,
    $$SELECT * FROM tasker_transition_task($1, 'cancelled')$$,
    $$SELECT * FROM tasker_claim_steps('worker', task_id => $1)$$,
    $$SELECT * FROM tasker_claim_steps('worker')$$,
    $$SELECT * FROM tasker_claim_steps('worker', namespaces => '{testkit}')$$,
    $$SELECT * FROM tasker_claim_steps('worker', step_names => ARRAY['step_1'])$$,
    $$SELECT tasker_heartbeat(array_agg(claim_token)) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_release_step(workflow_step_id, claim_token) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_release_step(workflow_step_id, claim_token, NULL, interval '1 hour') FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_complete_step(workflow_step_id, '{}', claim_token) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_complete_and_claim(workflow_step_id, '{}', claim_token, 'worker') FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_complete_steps(array_agg(workflow_step_id), array_agg(claim_token), NULL) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_fail_step(workflow_step_id, '{"message": "no"}', true, NULL, claim_token) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_fail_step(workflow_step_id, '{"message": "no"}', false, NULL, claim_token) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_finalize_task($1)$$,
    $$SELECT * FROM tasker_due_tasks('scheduler', 1)$$,
    $$SELECT tasker_release_due_task(task_id, 'scheduler') FROM tasker_due_tasks('scheduler', 1)$$,
    $$SELECT tasker_fork_task($1)$$,
    $$SELECT tasker_add_steps($1, '[{"name": "added"}]')$$,
    $$SELECT tasker_signal($1, 'paid')$$,
    $$SELECT tasker_cancel_step($3)$$,
    $$SELECT tasker_cancel_task($1)$$,
    $$SELECT tasker_skip_step($3, force => true)$$,
    $$SELECT tasker_resolve_step($2)$$,
    $$SELECT tasker_fail_step(workflow_step_id, '{}', claim_token => claim_token), tasker_retry_step(workflow_step_id) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_fail_step(workflow_step_id, '{}', false, claim_token => claim_token), tasker_reset_step(workflow_step_id) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_pause_task($1), tasker_resume_task($1)$$,
    $$SELECT tasker_pause_many($1, dry_run => false), tasker_resume_many($1, dry_run => false)$$,
    $$SELECT tasker_cancel_many($1, dry_run => false)$$,
    $$SELECT tasker_fail_step(workflow_step_id, '{}', false, claim_token => claim_token), tasker_resolve_many(task_id => task_id, dry_run => false) FROM tasker_claim_steps('worker', 2)$$,
    $$SELECT tasker_set_retry_limit($2, 5)$$,
    $$SELECT tasker_set_task_priority($1, 5)$$,
    $$SELECT tasker_annotate_task($1, 'note', '{}')$$,
    $$SELECT tasker_recommended_concurrency(task_id => $1)$$,
    $$SELECT tasker_create_task('plans', '{}', 'plans', options => '{"reason": "x"}')$$,
    $$SELECT tasker_maintain()$$,
    $$UPDATE tasker_workflow_steps SET attempts = 1 WHERE workflow_step_id = $2 -- tasker_core_sync_update$$,
    $$INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES ($2, $3, 'provides', now(), now()) -- tasker_core_sync_insert$$,
    $$DELETE FROM tasker_workflow_step_edges WHERE from_step_id = $2 -- tasker_core_sync_delete$$
]) AS call;

-- Rows read so far of the tables that grow with the number of tasks.
CREATE FUNCTION pg_temp.rows_read(OUT scanned bigint, OUT looked_up bigint) LANGUAGE sql AS $$
    SELECT sum(seq_tup_read), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables
    WHERE relname LIKE 'tasker\_%' AND relname NOT IN ('tasker_core_counts', 'tasker_core_config', 'tasker_core_config_versions',
        'tasker_core_limits', 'tasker_task_namespaces', 'tasker_dependent_systems')
$$;
CREATE FUNCTION pg_temp.look(call text, task bigint, first_step bigint, last_step bigint, OUT scanned bigint, OUT looked_up bigint)
LANGUAGE plpgsql AS $$
DECLARE
    before record;
    after record;
BEGIN
    SELECT * INTO before FROM pg_temp.rows_read();
    BEGIN
        EXECUTE call USING task, first_step, last_step;
        SELECT * INTO after FROM pg_temp.rows_read();
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    END;
    scanned := after.scanned - before.scanned;
    looked_up := after.looked_up - before.looked_up;
END
$$;
\if :searches
\else
SELECT CASE
    WHEN scanned <= 100 AND looked_up BETWEEN 1 AND :most THEN format('ok %s, %s', :'statistics', name)
    ELSE format('not ok %s, %s: %s rows scanned, %s looked up by %s', :'statistics', name, scanned, looked_up, call)
END
FROM (SELECT 2000 AS task) AS middle,
    LATERAL (SELECT min(workflow_step_id) AS first_step, max(workflow_step_id) AS last_step FROM tasker_workflow_steps WHERE task_id = task) AS steps,
    call, LATERAL pg_temp.look(call, task, first_step, last_step)
WHERE name ~ :'calls'
ORDER BY position;
\endif

\if :searches
-- Searches among all tasks that find nothing, or next to nothing. The tables of names are read as a whole.
TRUNCATE call;
INSERT INTO call (name, call)
SELECT 'nothing found by ' || call, call FROM unnest(ARRAY[
    $$SELECT * FROM tasker_dead_letters()$$,
    $$SELECT * FROM tasker_dead_letters(failed_since => now() - interval '30 days')$$,
    $$SELECT * FROM tasker_dead_letters(step_name => 'step_1')$$,
    $$SELECT * FROM tasker_find_steps('exhausted', step_name => 'none')$$,
    $$SELECT * FROM tasker_find_steps(step_name => 'none')$$,
    $$SELECT * FROM tasker_retry_many()$$,
    $$SELECT * FROM tasker_retry_many(dry_run => false)$$,
    $$SELECT * FROM tasker_purge('1 hour', task_name => 'none', dry_run => false)$$,
    $$SELECT * FROM tasker_purge('1 hour', parent_task_id => 1, dry_run => false)$$,
    $$SELECT * FROM tasker_resolve_many()$$,
    $$SELECT * FROM tasker_resolve_many(step_name => 'step_1', dry_run => false)$$,
    $$SELECT * FROM tasker_cancel_many(task_name => 'none', dry_run => false)$$,
    $$SELECT * FROM tasker_pause_many(namespace => 'none', dry_run => false)$$,
    $$SELECT * FROM tasker_resume_many(dry_run => false)$$,
    $$SELECT * FROM tasker_find_steps(states => '{error}')$$,
    $$SELECT * FROM tasker_find_steps(failed_since => now() - interval '30 days')$$,
    $$SELECT * FROM tasker_find_steps('waiting_for_backoff')$$,
    $$SELECT * FROM tasker_find_steps('retryable')$$,
    $$SELECT * FROM tasker_find_steps('exhausted')$$,
    $$SELECT * FROM tasker_find_steps('paused')$$,
    $$SELECT * FROM tasker_find_steps(task_name => 'none')$$,
    $$SELECT * FROM tasker_find_tasks(task_name => 'none')$$,
    $$SELECT * FROM tasker_find_tasks(namespace => 'none')$$,
    $$SELECT * FROM tasker_find_tasks(parent_task_id => 1)$$,
    $$SELECT * FROM tasker_find_tasks(states => '{cancelled,resolved_manually}')$$,
    $$SELECT * FROM tasker_find_tasks(active => true, max_rows => 2)$$,
    $$SELECT * FROM tasker_find_steps('ready', max_rows => 2)$$,
    $$SELECT * FROM tasker_latest_versions('none')$$,
    $$SELECT * FROM tasker_stuck_tasks()$$,
    $$SELECT * FROM tasker_next_steps(0)$$,
    $$SELECT * FROM tasker_failures()$$,
    $$SELECT * FROM tasker_failures(now())$$,
    $$SELECT * FROM tasker_find_steps('blocked')$$,
    $$SELECT * FROM tasker_read_events('plans', 10)$$,
    $$SELECT * FROM tasker_limits()$$
]) AS call;
SELECT CASE
    WHEN scanned <= 1000 AND looked_up <= :most THEN format('ok %s, %s', :'statistics', name)
    ELSE format('not ok %s, %s: %s rows scanned, %s looked up', :'statistics', name, scanned, looked_up)
END
FROM call, LATERAL pg_temp.look(call, 0, 0, 0)
ORDER BY position;
\endif
