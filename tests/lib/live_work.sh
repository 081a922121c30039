# An installation in the schema app with work of every kind under way, for the suites that move it to another place or version. To
# be sourced after checks.sh. A database is named by its name, or by a connection string.

on() { # on DATABASE SQL…: each in a transaction of its own
    local database=$1
    shift
    local commands=() command
    for command in "$@"; do commands+=(-c "$command"); done
    psql -XqtA -v ON_ERROR_STOP=1 -d "$database" -c 'SET client_min_messages = warning' -c 'SET search_path = app, public' "${commands[@]}"
}
# Tasks that wait for a signal, for a backoff, for capacity, or for an operator, and claims that are held.
work_on() {
    on "$1" "SELECT tasker_register_task('{\"name\":\"wait\",\"step_templates\":[{\"name\":\"a\"},
            {\"name\":\"gate\",\"depends_on_step\":\"a\",\"wait\":{\"signal\":\"go\"}},{\"name\":\"pay\",\"depends_on_step\":\"gate\"}]}')" \
        "SELECT tasker_create_task('wait', jsonb_build_object('i', i), options => '{\"priority\":7}') FROM generate_series(1, 20) AS i" \
        "SELECT tasker_pause_task(3, 'inspection')" \
        "SELECT tasker_signal(4, 'go')" \
        "SELECT tasker_set_limit('step_name', 'a', max_running => 8)" \
        "SELECT tasker_set_config('backoff', '{\"default_backoff_seconds\":[3600]}')" \
        "SELECT tasker_complete_step(workflow_step_id, '{}', claim_token) FROM tasker_claim_steps('ender', 4)" \
        "SELECT tasker_fail_step(workflow_step_id, '{\"message\":\"no\"}', claim_token => claim_token) FROM tasker_claim_steps('failer', 2)" \
        "SELECT count(*) FROM tasker_claim_steps('holder', 5, '1 day')" >/dev/null
}
# Everything that can be asked about all tasks, at a fixed time, and what the Tasker tables do not tell.
answers() {
    psql -XqtA -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
SET search_path = app, public;
SET tasker_core.fake_now = '2030-01-01 12:00:00+00';
CREATE TEMPORARY TABLE asked AS SELECT array_agg(task_id ORDER BY task_id) AS ids FROM tasker_tasks;
SELECT 'ready', r FROM asked, tasker_ready_steps_of_tasks(ids) AS r;
SELECT 'readiness', r FROM asked, tasker_step_readiness_of_tasks(ids) AS r;
SELECT 'context', r FROM asked, tasker_task_context_of_tasks(ids) AS r;
SELECT 'explain', s.workflow_step_id, tasker_explain_step(s.workflow_step_id) FROM tasker_workflow_steps AS s ORDER BY s.workflow_step_id;
SELECT 'config', r FROM tasker_config() AS r;
SELECT 'limit', r FROM tasker_limits() AS r;
SELECT 'rule', workflow_step_id, rule, signal_name FROM tasker_core_rules ORDER BY workflow_step_id;
SELECT 'signal', task_id, name, payload FROM tasker_core_signals ORDER BY task_id, name;
SELECT 'lease', workflow_step_id, claim_token, worker, lease_until FROM tasker_core_leases ORDER BY workflow_step_id;
SELECT 'timer', kind, subject_id, due_at FROM tasker_core_timers ORDER BY kind, subject_id, due_at;
SELECT 'task', task_id, priority, paused_at, pause_reason, parent_task_id FROM tasker_core_tasks ORDER BY task_id;
SELECT 'doctor', check_name, object FROM tasker_doctor() WHERE check_name !~ '^installation_|^side_table_extended$' AND severity <> 'info';
SQL
}
# held NAME DATABASE: the claims of before are completed with their tokens, and the doctor finds nothing.
held() {
    local count
    count=$(on "$2" "SELECT count(*) FROM tasker_core_leases WHERE worker = 'holder'")
    [ "$count" -gt 0 ] || fail "$1" 'no claim is held'
    must_equal "$1: claims" "$(on "$2" "SELECT count(*) FROM (SELECT tasker_complete_step(l.workflow_step_id, '{}', l.claim_token) FROM tasker_core_leases AS l WHERE l.worker = 'holder') AS ended")" "$count"
    must_equal "$1: doctor" "$(on "$2" "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")" ''
}
