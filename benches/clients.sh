#!/usr/bin/env bash
# What a step costs with each client, against bare SQL through the driver of the same language; see README.md. Arguments: clients;
# all unless given.
#
#   BENCH_STEPS=2000   how many steps a turn measures, after a tenth of them
#   BENCH_ROUNDS=5     how often the sides take turns
#   BENCH_IDLE=65      how many seconds a worker waits without work
#   BENCH_SHORT=1      one round of 40 steps: shows that the bench runs, and nothing else
#   PYTHON, RUBY       the interpreters, as for tests/clients.sh
set -euo pipefail
cd "$(dirname "$0")"
source ../tests/lib/cluster.sh
source lib/database.sh
source lib/measure.sh
source step_life.sh

if [ -n "${BENCH_SHORT:-}" ]; then
    BENCH_STEPS=40 BENCH_ROUNDS=1 BENCH_IDLE=1
fi
BENCH_STEPS=${BENCH_STEPS:-2000} BENCH_ROUNDS=${BENCH_ROUNDS:-5} BENCH_IDLE=${BENCH_IDLE:-65}
BEFORE=$((BENCH_STEPS / 10))
# More than the programs need, so that no claim waits for a step that another handler has.
TASKS=$(((BENCH_STEPS + BEFORE + 400) / 10))

clients=("$@")
[ $# -gt 0 ] || clients=(python ruby node)

installed=$(realpath -m ../target/clients)
# command_of CLIENT: sets COMMAND to what runs its program.
command_of() {
    local place
    case $1 in
        python)
            COMMAND=(env PYTHONPATH=../clients/python/src "$installed/python/bin/python" clients/python.py)
            ;;
        ruby)
            COMMAND=("${RUBY:-ruby}" clients/ruby.rb)
            ;;
        node)
            # Beside the packages of the tests, since the program finds its driver from its own folder.
            place=$(realpath -m ../target/bench-node)
            mkdir -p "$place"
            ln -sfn "$installed/node/node_modules" "$place/node_modules"
            rm -rf "$place/src"
            cp -r ../clients/node/{src,tsconfig.json,package.json} clients/node.mjs "$place/"
            "$place/node_modules/.bin/tsc" --project "$place/tsconfig.json"
            COMMAND=(node "$place/node.mjs")
            ;;
        *)
            echo "no client $1; there are: python ruby node" >&2
            return 1
            ;;
    esac
}

transactions() { quiet_psql --command "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"; }

# spent PROGRAM…: runs it; leaves what it prints in PRINTED, and in TICKS and CALLS the CPU time of the server and the transactions.
spent() {
    local before ticks
    ticks=$(server_ticks) before=$(transactions)
    server_ticks >/dev/null
    PRINTED=$("$@")
    TICKS=$(($(server_ticks) - ticks)) CALLS=$(($(transactions) - before - CALLS_OF_MINE))
}

tasks_of_ten() {
    life_tables
    quiet_psql --output /dev/null <<SQL
SET search_path = $life_schema, public;
SELECT tasker_register_task(jsonb_build_object('name', 'chain', 'namespace_name', 'bench', 'step_templates', jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object('name', 'step_' || number, 'depends_on_step', nullif('step_' || number - 1, 'step_0')))
    ORDER BY number))) FROM generate_series(1, 10) AS number;
SELECT tasker_create_tasks(jsonb_agg(jsonb_build_object('task_name', 'chain', 'namespace', 'bench', 'context',
    jsonb_build_object('order', number, 'customer', 'Ada Lovelace', 'total', 99.5)))) FROM generate_series(1, $1) AS number;
VACUUM ANALYZE;
SQL
}

# turn CLIENT SIDE CONCURRENCY BATCH ROUND: one line of samples.
turn() {
    local done_steps
    tasks_of_ten "$TASKS"
    spent "${COMMAND[@]}" "$2" "$BENCH_STEPS" "$BEFORE" "$3" "$4"
    done_steps=$(PGOPTIONS="-c search_path=$life_schema,public" quiet_psql --command "$LIFE_DONE")
    if [ "$done_steps" -lt $((BENCH_STEPS + BEFORE)) ]; then
        echo "$1, $2: only $done_steps steps are complete" >&2
        return 1
    fi
    awk -v row="$1 $3 $4 $2 $5" -v done_steps="$done_steps" -v ticks=$((TICKS * CLOCK_TICK_MS)) -v calls="$CALLS" '
        { print row, 1000 * $2 / $1, 1000 * $3 / $1, ticks / done_steps, calls / done_steps }' <<<"$PRINTED" >>"$WORK/samples"
}

# report CLIENT: a row for each number of handlers, batch size and kind of bare SQL.
report() {
    awk -v client="$1" -v rounds="$BENCH_ROUNDS" '
        function median(values, count,    i, j, value) {
            for (i = 2; i <= count; i++) {
                value = values[i]
                for (j = i - 1; j >= 1 && values[j] > value; j--) values[j + 1] = values[j]
                values[j + 1] = value
            }
            lowest = values[1]
            highest = values[count]
            return (values[int((count + 1) / 2)] + values[int(count / 2) + 1]) / 2
        }
        function middle(row, side, figure,    round, values) {
            for (round = 1; round <= rounds; round++) values[round] = sample[row, side, round, figure]
            return median(values, rounds)
        }
        function ratio(row, side, figure,    round, values, count, found) {
            for (round = 1; round <= rounds; round++) if (sample[row, side, round, figure] > 0)
                values[++count] = sample[row, "worker", round, figure] / sample[row, side, round, figure]
            if (!count) return "-"
            return sprintf("%.2f", median(values, count))
        }
        function figures(row, side, figure, form) {
            return sprintf("  " form " " form " %5s", middle(row, side, figure), middle(row, "worker", figure), ratio(row, side, figure))
        }
        function line(row, side, name) {
            printf " %-28s%s", name, figures(row, side, 1, "%7.2f")
            printf " %-16s%s%s  %5.2f %5.2f\n", sprintf("(%.2f to %.2f)", lowest, highest), figures(row, side, 2, "%7.3f"),
                figures(row, side, 3, "%7.2f"), middle(row, side, 4), middle(row, "worker", 4)
        }
        BEGIN {
            printf " %-28s  %-38s  %-21s  %-21s  %s\n", "", "milliseconds", "CPU of the program", "CPU of the server", "calls"
            head = sprintf("  %7s %7s %5s", "bare", "client", "ratio")
            printf " %-28s%s %16s%s%s  %5s %5s\n", "", head, "", head, head, "bare", "client"
        }
        $1 == client {
            row = $2 " " $3
            if (!(row in seen)) rows[++count] = row
            seen[row] = 1
            one_call[row] = one_call[row] || $4 == "one_call"
            for (i = 1; i <= 4; i++) sample[row, $4, $5, i] = $(5 + i)
        }
        END {
            for (i = 1; i <= count; i++) {
                split(rows[i], parts, " ")
                name = parts[1] (parts[1] == 1 ? " handler, " : " handlers, ")
                line(rows[i], "bare", name (parts[2] == 1 ? "two calls a step" : parts[2] " steps a call"))
                if (one_call[rows[i]]) line(rows[i], "one_call", name "against one call")
            }
        }' "$WORK/samples"
}

measure() {
    local client=$1 concurrency batch round side sides
    echo "$client: $("${COMMAND[@]}" version); a step, medians of $BENCH_ROUNDS rounds of $BENCH_STEPS steps"
    for concurrency in 1 8; do
        for batch in 1 10; do
            sides=(bare worker)
            [ $batch != 1 ] || sides=(bare worker one_call)
            echo "   $client, $concurrency at once, $batch a call" >&2
            for ((round = 1; round <= BENCH_ROUNDS; round++)); do
                for side in "${sides[@]}"; do
                    turn "$client" "$side" $concurrency $batch $round
                done
            done
        done
    done
    report "$client"
    life_tables
    spent "${COMMAND[@]}" idle "$BENCH_IDLE"
    awk -v seconds="$BENCH_IDLE" -v calls="$CALLS" -v ticks=$((TICKS * CLOCK_TICK_MS)) '{
        printf " idle for %d s: %d claims returned, %d transactions, %.0f ms CPU of the program, %d ms of the server\n\n",
            seconds, $1, calls, 1000 * $2, ticks }' <<<"$PRINTED"
}

cluster_start shared_buffers=512MB fsync=on jit=off autovacuum=off work_mem=16MB effective_cache_size=1GB \
    random_page_cost=1.1 max_wal_size=16GB checkpoint_timeout=1h
export PATH="$PG_BIN:$PATH" WORK="$CLUSTER_DIR/bench"
mkdir "$WORK"
children_at_rest
quiet_psql --command 'CREATE EXTENSION tasker_core'
server_ticks >/dev/null
CALLS_OF_MINE=$(transactions)
server_ticks >/dev/null
CALLS_OF_MINE=$(($(transactions) - CALLS_OF_MINE))

mkdir -p results
report="results/clients.txt"
[ -z "${BENCH_SHORT:-}" ] || report=/dev/null
{
    for client in "${clients[@]}"; do
        if ! output=$(../.ci/setup "clients-$client" 2>&1); then
            echo "skipped $client: its runtime or its packages cannot be installed: $(tail -n 1 <<<"$output")"
            continue
        fi
        command_of "$client"
        measure "$client"
    done
} | tee "$report"
