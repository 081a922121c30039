#!/usr/bin/env bash
# Counts the instructions of the rules of src/core with callgrind, and compares them with those of instructions.txt: ten
# percent more of one is an error. ACCEPT=1 writes what was counted instead.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -x /usr/bin/valgrind ] || .ci/setup instructions >/dev/null
readonly alarm=10 baseline=benches/instructions.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

program=$(cargo build --release --quiet --message-format=json --package tasker_core_benches --bench instructions \
    | sed -n 's/.*"name":"instructions".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$program" ] || {
    echo "cargo did not say where it has put the program" >&2
    exit 1
}

# count WORKLOAD: how many instructions one run of it takes.
count() {
    valgrind --tool=callgrind --toggle-collect=tasker_core_measured --callgrind-out-file=/dev/null "$program" "$1" \
        2>"$work/said" || {
        cat "$work/said" >&2
        return 1
    }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/said"
}

for workload in $("$program"); do
    printf '%s %s\n' "$workload" "$(count "$workload")"
done >"$work/counted"

if [ -n "${ACCEPT:-}" ]; then
    cp "$work/counted" "$baseline"
    cat "$baseline"
    exit
fi

# A workload that only one of both knows is a difference, too.
awk -v alarm=$alarm '
    NR == FNR { before[$1] = $2; next }
    { now[$1] = $2 }
    END {
        for (name in before) if (!(name in now)) { print "not ok " name ": is measured no more"; failed = 1 }
        for (name in now) {
            if (!(name in before)) { print "not ok " name ": has no baseline, accept it by ACCEPT=1 benches/instructions.sh"; failed = 1; continue }
            change = (now[name] / before[name] - 1) * 100
            said = sprintf("%s: %d instructions, %+.1f %% of %d", name, now[name], change, before[name])
            if (change > alarm) { print "not ok " said ", more than " alarm " % more"; failed = 1 } else print "ok " said
        }
        exit failed
    }' "$baseline" "$work/counted"
