#!/usr/bin/env bash
# Runs every suite and counts. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

printf '== on %s\n' "$("${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}" --version)"
passed=0 failed=0
mkdir -p tests/results

# suite TITLE COUNTER COMMAND…: the counter reads the output and prints how many tests passed.
suite() {
    local title=$1 counter=$2 log="tests/results/$1.log" count began=$SECONDS
    shift 2
    printf '== %s\n' "$title"
    if "$@" >"$log" 2>&1 && count=$($counter "$log") && { [ "$count" -gt 0 ] || grep -q '^skipped ' "$log"; }; then
        printf '   %s passed, %s s\n' "$count" $((SECONDS - began))
        grep '^skipped ' "$log" || true
        passed=$((passed + count))
    else
        cat "$log"
        printf '   FAILED: %s\n' "$title"
        failed=$((failed + 1))
    fi
}

sum() { awk '{ sum += $1 } END { print sum + 0 }'; }
cargo_tests() { sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$1" | sum; }
# One line for each half of the suite.
regress_tests() { sed -n 's/.*All \([0-9]*\) tests passed.*/\1/p' "$1" | sum; }
ok_lines() { grep -c '^ok ' "$1" || true; }
one() { echo 1; }
matrix_tests() { sed -n 's/^   [a-z_]*: \([0-9]*\) passed.*/\1/p' "$1" | sum; }

suite core cargo_tests cargo test --release --quiet --package tasker_core_tests --test core

# One after the other, beside the other suites: of two suites at once, each has one of two CPUs. All have clusters of their own.
beside=(newer clients guards soak)
(cd tests/results && rm -f "${beside[@]/%/.status}")
for title in "${beside[@]}"; do
    "tests/$title.sh" >"tests/results/$title.output" 2>&1
    echo $? >"tests/results/$title.status"
done &
lane=$!
end_of() { # end_of SUITE
    while kill -0 $lane 2>/dev/null && [ ! -s "tests/results/$1.status" ]; do
        sleep 1
    done
    cat "tests/results/$1.output"
    return "$(cat "tests/results/$1.status")"
}

suite regress regress_tests tests/regress.sh
suite isolation regress_tests tests/isolation.sh
suite dump_restore ok_lines tests/dump_restore.sh
suite upgrade ok_lines tests/upgrade.sh
suite pg_upgrade ok_lines tests/pg_upgrade.sh
suite standby ok_lines tests/standby.sh
suite stress ok_lines tests/stress.sh
suite logical_replication ok_lines tests/logical_replication.sh
suite fuzz ok_lines tests/fuzz.sh
suite tenants ok_lines tests/tenants.sh
suite plans ok_lines tests/plans.sh
suite long_poll ok_lines tests/long_poll.sh
suite events ok_lines tests/events.sh
suite time_limits ok_lines tests/time_limits.sh
suite schedules ok_lines tests/schedules.sh
suite background_worker ok_lines tests/background_worker.sh
suite differential cargo_tests tests/differential.sh
suite model cargo_tests tests/model.sh
suite counts ok_lines tests/counts.sh
suite side_table_changes ok_lines tests/side_table_changes.sh
suite finalize_storm ok_lines tests/finalize_storm.sh
suite creation_storm ok_lines tests/creation_storm.sh
suite yaml_templates ok_lines tests/yaml_templates.sh
suite docs ok_lines tests/docs.sh
suite drivers ok_lines tests/drivers.sh
suite orms ok_lines tests/orms.sh
suite packages ok_lines tests/packages.sh
suite pictures ok_lines tests/pictures.sh
suite instructions ok_lines benches/instructions.sh
suite newer matrix_tests end_of newer
suite clients ok_lines end_of clients
suite guards ok_lines end_of guards
suite soak cargo_tests end_of soak
suite demo one tests/demo.sh
suite bench-short one env BENCH_SHORT=1 benches/run.sh
suite curves-short one env BENCH_SHORT=1 benches/curves.sh

printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
