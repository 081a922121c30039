#!/usr/bin/env bash
# A subscriber that is made as docs/installation-schema.md says answers as its publisher did, once it takes over: what the Tasker
# tables do not tell is there, claims go on with their tokens, new rows get new ids. So does one of a publication FOR ALL TABLES.
# The doctor tells when a publication or a subscription carries only a part. One line "ok NAME" for each.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/tasker_logical.XXXXXX")
cluster_start "wal_level = logical" "max_replication_slots = 10" "max_wal_senders = 10" "log_min_messages = error"
trap 'cluster_stop; rm -rf "$work"' EXIT

on() { # on DATABASE SQL…: each in a transaction of its own
    local database=$1
    shift
    local commands=() command
    for command in "$@"; do commands+=(-c "$command"); done
    psql -XqtA -v ON_ERROR_STOP=1 -d "$database" -c 'SET search_path = app, public' "${commands[@]}"
}
fail() {
    echo "not ok $1: $2" >&2
    grep -v 'logical decoding\|consistent point' "$CLUSTER_DIR/log" | tail -20 >&2
    exit 1
}
# Everything that can be asked about all tasks, and all that is stored. Places and times of queues are part of it.
answers() {
    psql -XqtA -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
SET search_path = app, public;
SET tasker_core.fake_now = '2030-01-01 12:00:00+00';
CREATE TEMPORARY TABLE asked AS SELECT array_agg(task_id ORDER BY task_id) AS ids FROM tasker_tasks;
SELECT 'readiness', r FROM asked, tasker_step_readiness_of_tasks(ids) AS r;
SELECT 'context', r FROM asked, tasker_task_context_of_tasks(ids) AS r;
SELECT 'health', h.key, h.value FROM tasker_system_health() AS r, jsonb_each(to_jsonb(r)) AS h WHERE h.key !~ 'connection';
SELECT 'config', r FROM tasker_config() AS r;
SELECT 'explain', s.workflow_step_id, tasker_explain_step(s.workflow_step_id) FROM tasker_workflow_steps AS s ORDER BY s.workflow_step_id;
SELECT format('SELECT %L, r FROM app.%I AS r ORDER BY r::text', c.relname, c.relname)
FROM pg_class AS c
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname \gexec
SQL
}
# caught_up SUBSCRIPTION PUBLISHER: until the subscriber has applied all that the publisher has written.
caught_up() {
    local target
    becomes "$1 is in step" t "$2" -c "SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = '$1' AND state = 'streaming'"
    target=$(on "$2" 'SELECT pg_current_wal_lsn()')
    becomes "$1 is in step" t "$2" -c "SELECT replay_lsn >= '$target' FROM pg_stat_replication WHERE application_name = '$1'"
}
work_on() { # some of everything that a day brings
    on "$1" "SELECT tasker_create_task('wait', jsonb_build_object('day', $2, 'i', i), options => '{\"priority\":7}') FROM generate_series(1, 5) AS i" \
        "UPDATE tasker_core_tasks SET parent_task_id = 1 WHERE task_id = 2" \
        "SELECT tasker_pause_task(task_id, 'inspection') FROM tasker_tasks WHERE context ->> 'i' = '3'" \
        "SELECT tasker_signal(task_id, 'go') FROM tasker_tasks WHERE context ->> 'i' = '4'" \
        "SELECT tasker_set_limit('step_name', 'a', max_running => 40 + $2)" \
        "SELECT tasker_set_config('backoff', '{\"default_backoff_seconds\":[5,1$2]}')" \
        "SELECT tasker_complete_step(workflow_step_id, '{}', claim_token) FROM tasker_claim_steps('ender', 2)" \
        "SELECT tasker_fail_step(workflow_step_id, '{\"message\":\"no\"}', claim_token => claim_token) FROM tasker_claim_steps('failer', 1)" \
        "SELECT count(*) FROM tasker_claim_steps('holder', 2, '1 day')" \
        "DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN (SELECT max(workflow_step_id) FROM tasker_workflow_steps)" >/dev/null
}
databases() { # databases NAME: a publisher and an empty subscriber with the same schema
    psql -Xqc "CREATE DATABASE $1_publisher" -c "CREATE DATABASE $1_subscriber" postgres
    on "$1_publisher" 'CREATE EXTENSION tasker_core' 'CREATE SCHEMA app' "SELECT count(*) FROM tasker_install('app')" >/dev/null
    on "$1_subscriber" 'CREATE EXTENSION tasker_core' 'CREATE SCHEMA app' "SELECT count(*) FROM tasker_install('app')" >/dev/null
    on "$1_publisher" "SELECT tasker_register_task('{\"name\":\"wait\",\"step_templates\":[{\"name\":\"a\"},
        {\"name\":\"gate\",\"depends_on_step\":\"a\",\"wait\":{\"signal\":\"go\"}},{\"name\":\"pay\",\"depends_on_step\":\"gate\"}]}')" >/dev/null
}
subscribe() { # within one cluster the slot must be there first
    on "$1_publisher" "SELECT pg_create_logical_replication_slot('$1', 'pgoutput')" >/dev/null
    on "$1_subscriber" "CREATE SUBSCRIPTION $1 CONNECTION 'dbname=$1_publisher host=$PGHOST port=$PGPORT user=$PGUSER' PUBLICATION p
        WITH (create_slot = false, slot_name = '$1')"
}
take_over() {
    on "$1_subscriber" "SELECT fix FROM tasker_doctor() WHERE check_name = 'sequence_behind'" >"$work/fixes"
    psql -XqtA -v ON_ERROR_STOP=1 -d "$1_subscriber" -f "$work/fixes" >/dev/null
    on "$1_subscriber" "DROP SUBSCRIPTION $1"
}

# way NAME PUBLICATION: rows of before the subscription are copied, later ones streamed.
way() {
    databases "$1"
    work_on "$1_publisher" 1
    on "$1_publisher" "CREATE PUBLICATION p $2"
    must_equal "$1: the doctor of the publisher" "$(on "$1_publisher" 'SELECT check_name, detail FROM tasker_doctor()')" ''
    subscribe "$1"
    becomes "$1: the tables are copied" 0 "$1_subscriber" -c "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
    work_on "$1_publisher" 2
    caught_up "$1" "$1_publisher"
    ok "$1: the apply worker goes on"
    must_equal "$1: the doctor of the subscriber" "$(on "$1_subscriber" "SELECT DISTINCT check_name FROM tasker_doctor()")" sequence_behind
    answers "$1_publisher" >"$work/$1.publisher"
    take_over "$1"
    answers "$1_subscriber" >"$work/$1.subscriber"
    diff "$work/$1.publisher" "$work/$1.subscriber" >"$work/diff" || fail "$1: the same answers" "$(head -20 "$work/diff")"
    must_equal "$1: something was asked" "$(grep -c 'waiting_for_signal' "$work/$1.subscriber" | sed 's/^[1-9][0-9]*$/some/')" some
    ok "$1: the same answers, and the same rows"
    must_equal "$1: the doctor after the take-over" "$(on "$1_subscriber" 'SELECT check_name, detail FROM tasker_doctor()')" ''
    ok "$1: the doctor finds nothing"
    held=$(on "$1_subscriber" "SELECT count(*) FROM tasker_core_leases WHERE worker = 'holder'")
    [ "$held" -gt 0 ] || fail "$1: claims of before" 'none is held'
    must_equal "$1: claims of before are completed" "$(on "$1_subscriber" "SELECT count(*) FROM (SELECT tasker_complete_step(l.workflow_step_id, '{}', l.claim_token) FROM tasker_core_leases AS l WHERE l.worker = 'holder') AS ended")" "$held"
    ok "$1: claims of before are completed"
    work_on "$1_subscriber" 3
    must_equal "$1: work goes on" "$(on "$1_subscriber" 'SELECT check_name, detail FROM tasker_doctor()')" ''
    ok "$1: work goes on, the triggers follow"
}
# 14 has no publications of a schema.
[ "$(psql -XAtd postgres -c "SELECT current_setting('server_version_num')::integer / 10000")" -lt 15 ] || way schema 'FOR TABLES IN SCHEMA app'
way everything 'FOR ALL TABLES'

# The 13 tables alone, as this documentation once said: nothing stops, and both doctors tell what is missing.
databases part
on part_publisher "SELECT 'CREATE PUBLICATION p FOR TABLE ' || string_agg(DISTINCT 'app.' || table_name, ', ') FROM _tasker_expected_columns()" >"$work/part"
psql -Xq -d part_publisher -f "$work/part"
must_equal 'part: the doctor of the publisher' "$(on part_publisher 'SELECT severity, check_name FROM tasker_doctor()')" 'warning|publication_incomplete'
subscribe part
becomes 'part: the tables are copied' 0 part_subscriber -c "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
work_on part_publisher 1
caught_up part part_publisher
must_equal 'part: the doctor of the subscriber' "$(on part_subscriber "SELECT severity, check_name FROM tasker_doctor() WHERE check_name = 'subscription_incomplete'")" 'warning|subscription_incomplete'
ok 'part: both doctors tell'
# Its advice.
on part_publisher "SELECT fix FROM tasker_doctor() WHERE check_name = 'publication_incomplete'" >"$work/fix"
psql -Xq -d part_publisher -f "$work/fix"
must_equal 'part: completed' "$(on part_publisher 'SELECT count(*) FROM tasker_doctor()')" 0
ok 'part: a publication is completed by its fix'
on part_subscriber 'DROP SUBSCRIPTION part'
