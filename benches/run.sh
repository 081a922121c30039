#!/usr/bin/env bash
# The extension against the Rails functions, on the same rows, in one run; see README.md.
#
#   ROW=name          one row of the table (the names are in rows.sh)
#   BASELINE=path     the db folder of a checkout of the engine; without it the reference of tests/oracle
#   PEERS=path        checkouts of pgflow, pgmq and absurd, to run through a step's life beside us
#   BENCH_ROUNDS=5    how often the two sides take turns
#   BENCH_SECONDS=2   how long each turn lasts
#   BENCH_SHORT=1     little data, one round: shows that the bench runs, and nothing else
set -euo pipefail
[ -z "${BASELINE:-}" ] || BASELINE=$(cd "$BASELINE" && pwd)
[ -z "${PEERS:-}" ] || PEERS=$(cd "$PEERS" && pwd)
cd "$(dirname "$0")"
source ../tests/lib/cluster.sh
source lib/database.sh
source lib/measure.sh

TASKS=20000 WIDE_1=1000 WIDE_2=5000 WRITE_COUNT=1500 FIRST_ROUND=0
if [ -n "${BENCH_SHORT:-}" ]; then
    TASKS=1000 WRITE_COUNT=100 FIRST_ROUND=1 BENCH_ROUNDS=1 BENCH_SECONDS=1
fi
BENCH_ROUNDS=${BENCH_ROUNDS:-5} BENCH_SECONDS=${BENCH_SECONDS:-2}
source rows.sh
source lib/steps.sh
source step_life.sh
source peers.sh
source creation.sh
LIFE_TASKS=$((TASKS / 20 < 100 ? 100 : TASKS / 20)) WAITING_TASKS=$((TASKS / 2))
known_rows=$(row_names; printf '%s\n' step_life peers creation)
# Not through a pipe: grep leaves as soon as it has found the row, and who still writes is killed.
if [ -n "${ROW:-}" ] && ! grep -qx -- "$ROW" <<<"$known_rows"; then
    echo "no row $ROW; there are:" $known_rows >&2
    exit 1
fi

# One step in four is there for writing, and every run of either write row takes its own.
WRITES_DONE=0
writes_there=$((TASKS / 4 * 10))
runs=$((4 * (BENCH_ROUNDS - FIRST_ROUND + 1)))
[ $((runs * WRITE_COUNT)) -le $writes_there ] || WRITE_COUNT=$((writes_there / runs))

settings=(shared_buffers=512MB fsync=on jit=off autovacuum=off work_mem=16MB effective_cache_size=1GB
    random_page_cost=1.1 max_wal_size=16GB checkpoint_timeout=1h)
load=$(cut -d' ' -f1 /proc/loadavg)
cluster_start "${settings[@]}"
export PATH="$PG_BIN:$PATH" WORK="$CLUSTER_DIR/bench"
mkdir "$WORK"
pin_to_one_cpu
children_at_rest

echo "== loading $TASKS tasks of 10 steps, one of $WIDE_1 and one of $WIDE_2" >&2
load_database
case ${ROW:-} in
    peers)
        step_life
        peers
        exit
        ;;
    step_life | creation)
        "$ROW"
        exit
        ;;
esac
require_agreement
echo "== measuring: $BENCH_ROUNDS rounds of $BENCH_SECONDS s a side, against $BASELINE_NAME" >&2
rows

mkdir -p results
json="results/$(date -u +%Y-%m-%dT%H%M%SZ).json"
names=("${settings[@]%%=*}")
psql --no-psqlrc --quiet --file report.sql --set json="$json" --set svg="${json%.json}.svg" --set baseline="$BASELINE_SCHEMA" \
    --set baseline_name="$BASELINE_NAME" --set settings="${names[*]}" --set rounds="$BENCH_ROUNDS" \
    --set seconds="$BENCH_SECONDS" --set cpus="$(getconf _NPROCESSORS_ONLN)" --set load="$load" \
    --set cpu="$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
cp "$json" results/latest.json
cp "${json%.json}.svg" results/latest.svg
echo "baseline: $BASELINE_NAME; kept in benches/$json, and as a chart beside it"
echo "what each missed target is short of, and why: docs/performance.md"
if [ -z "${ROW:-}" ]; then
    step_life
    peers
    creation
fi
