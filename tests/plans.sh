#!/usr/bin/env bash
# No statement of ours reads a whole table for a question about one task: with the statistics of empty tables as with those
# of now. plans.sql counts the rows that each function reads, however it reads them; and of every plan that was executed,
# auto_explain tells which part read how many. One line "ok NAME" for each that holds.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

cluster_start "shared_preload_libraries = 'auto_explain'" "auto_explain.log_min_duration = -1" "auto_explain.log_nested_statements = on" \
    "auto_explain.log_analyze = on" "auto_explain.log_timing = off" "autovacuum = off" "shared_buffers = 256MB"
# What looks at the recent executions of steps goes through 2,000 at most; there are 4,000 tasks of 10 steps.
most=2100
sql() { psql -XqtA -v ON_ERROR_STOP=1 "$@"; }

# The parts of plans in the server's log that read more than so many rows of a table of ours, with their statements.
big_scans() {
    awk -v most=$most '
        /Query Text: / { check(); statement = $0; sub(/.*Query Text: /, "", statement) }
        / Scan .*tasker_/ && /actual rows=/ { check(); node = $0; rows = loops = $0
            sub(/.*actual rows=/, "", rows); sub(/.*loops=/, "", loops); read = (rows + 0) * (loops + 0) }
        /Rows Removed by/ { read += $NF * (loops + 0) }
        function check() { if (read > most) print "  " statement "\n  " node; read = 0 }
        END { check() }' "$CLUSTER_DIR/log"
}

# The template of the task that one of the calls creates.
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT tasker_install()' \
    -c "SELECT tasker_register_task('{\"name\": \"plans\", \"namespace_name\": \"plans\", \"task_handler_class\": \"Plans\",
        \"step_templates\": [{\"name\": \"one\", \"handler_class\": \"One\"}]}')" -c 'VACUUM ANALYZE' >/dev/null
sql -c 'SET tasker_core.testkit = on' \
    -c "SELECT tasker_testkit_random_task(10, n, 'layers') FROM generate_series(1, 4000) AS n" >/dev/null
# A role under row-level security: some statements run only for such a role. Its consumer comes after thousands of events, and has a few to read.
sql -c 'CREATE ROLE filtered' -c 'GRANT ALL ON ALL TABLES IN SCHEMA public TO filtered' -c 'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO filtered' \
    -c 'ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY' -c 'CREATE POLICY all_steps ON tasker_workflow_steps USING (true)' \
    -c 'ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY' -c 'CREATE POLICY all_tasks ON tasker_tasks USING (true)' \
    -c "SELECT tasker_subscribe('early')" -c "SELECT tasker_publish_event(n, NULL, 'order.paid') FROM generate_series(1, 4000) AS n" \
    -c 'SET ROLE filtered' -c "SELECT tasker_subscribe('plans')" -c "SELECT tasker_schedule('plans', 'plans', '@daily', namespace => 'plans')" -c 'RESET ROLE' -c "SELECT tasker_unsubscribe('early')" \
    -c "SELECT tasker_complete_step(workflow_step_id, '{}', claim_token) FROM tasker_claim_steps('worker', 2, task_id => 1000)" >/dev/null
# The task has a history with a due retry, and options are set for its name.
sql -c 'SET tasker_core.testkit = on' -c "SELECT tasker_testkit_set_task(2000, 'in_progress', '2 hours')" \
    -c "SELECT tasker_testkit_set_step(min(workflow_step_id), 'error', attempts => 1, age => '1 hour') FROM tasker_workflow_steps
        WHERE task_id = 2000" \
    -c "SELECT tasker_set_config('execution', '{\"max_concurrent_steps_limit\": 5}', 'namespace:testkit')" \
    -c "SELECT tasker_set_limit('namespace', 'testkit', max_running => 1000, max_starts => 1000, per => '1 hour')" >/dev/null
failures=0

# Steps of one statement have one rank: a claim must not read again all that were claimed before.
sql -c 'CREATE DATABASE queue'
reads=$(sql -d queue -c 'CREATE EXTENSION tasker_core' -c 'SELECT FROM tasker_install()' -c "
    SELECT FROM tasker_register_task('{\"name\": \"queue\", \"namespace_name\": \"queue\", \"task_handler_class\": \"Queue\",
        \"step_templates\": [{\"name\": \"one\", \"handler_class\": \"One\"}]}')" -c "
    SELECT FROM tasker_create_tasks((SELECT jsonb_agg(jsonb_build_object('task_name', 'queue', 'namespace', 'queue', 'context', jsonb_build_object('n', n)))
        FROM generate_series(1, 1000) AS n))" -c "
    CREATE PROCEDURE claim(times integer) LANGUAGE plpgsql AS \$\$ BEGIN
        FOR n IN 1..times LOOP PERFORM tasker_claim_steps('worker'); COMMIT; END LOOP; END \$\$" -c 'CALL claim(200)' -c "
    SELECT pg_stat_get_xact_tuples_returned('tasker_core_hints_rank_idx'::regclass) - before.tuples
    FROM (SELECT pg_stat_get_xact_tuples_returned('tasker_core_hints_rank_idx'::regclass) AS tuples OFFSET 0) AS before,
        LATERAL (SELECT FROM tasker_claim_steps('worker' || before.tuples) OFFSET 0) AS claimed" | tail -1)
if [ "$reads" -ge 1 ] && [ "$reads" -le 10 ]; then
    echo 'ok a claim reads nothing that was claimed before'
else
    echo "not ok plans: a claim read $reads entries of its queue" >&2
    failures=1
fi
for statistics in stale analyzed grown analyzed_again; do
    case $statistics in
    analyzed*) sql -c 'VACUUM ANALYZE' ;;
    # 100,000 steps, some 30,000 of them done, for searches.
    grown) sql -c 'SET tasker_core.testkit = on' -c 'SELECT count(*) FROM tasker_testkit_dataset(9000)' \
        -c "INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
            SELECT workflow_step_id, 'complete', 10, true, now(), now() FROM tasker_workflow_steps WHERE task_id > 4000 AND workflow_step_id % 2 = 0" >/dev/null ;;
    esac
    [[ $statistics == grown || $statistics == analyzed_again ]] && searches=true || searches=false
    for role in postgres filtered; do
        # It gets the figures of a whole installation by counting.
        [ $role = postgres ] && calls=. || calls='^tasker_(ready|step|task|claim|complete|fail|release|explain|read_events|ack_events|publish)'
        PGOPTIONS="-c auto_explain.log_min_duration=0 -c role=$role" \
            sql -v most=$most -v searches=$searches -v calls="$calls" -v statistics="statistics $statistics, as $role" -f plans.sql >"$CLUSTER_DIR/out"
        grep '^ok' "$CLUSTER_DIR/out"
        ! grep '^not ok' "$CLUSTER_DIR/out" >&2 || failures=1
    done
done
if [ -n "$(big_scans)" ]; then
    echo "not ok plans: parts of plans read more than $most rows" >&2
    big_scans >&2
    failures=1
elif ! grep -q 'Query Text: .*tasker_' "$CLUSTER_DIR/log"; then
    echo "not ok plans: auto_explain has told of none" >&2
    failures=1
else
    echo "ok no plan reads more than $most rows of a table"
fi
# A plan with a part for which there is no index counts as one that costs a fortune; compiled, it takes half a second.
if grep -q 'JIT:' "$CLUSTER_DIR/log"; then
    echo "not ok plans: some were compiled just in time" >&2
    awk '/Query Text: / { statement = $0 } /JIT:/ { print "  " statement }' "$CLUSTER_DIR/log" | sort -u >&2
    failures=1
else
    echo "ok no plan is compiled just in time"
fi
exit $failures
