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
failures=0
for statistics in stale analyzed; do
    [ $statistics = stale ] || sql -c 'VACUUM ANALYZE'
    PGOPTIONS="-c auto_explain.log_min_duration=0" sql -v most=$most -v statistics="statistics $statistics" -f plans.sql >"$CLUSTER_DIR/out"
    grep '^ok' "$CLUSTER_DIR/out"
    ! grep '^not ok' "$CLUSTER_DIR/out" >&2 || failures=1
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
exit $failures
