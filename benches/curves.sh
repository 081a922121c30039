#!/usr/bin/env bash
# How cost grows; see README.md.
#
#   CURVE=name          one curve: readiness, waiting, kept, purge, clients, wakeups, sinks, plans, writes, memory, churn
#   KEPT="10000 1000000" how many finished tasks the curve kept has
#   BASELINE=path       the db folder of a checkout of the engine, as for run.sh
#   CHURN_MINUTES=30    how long tasks come and go under autovacuum
#   BENCH_SHORT=1       a few points of each, and seconds of churn: shows that it runs, and nothing else
set -euo pipefail
[ -z "${BASELINE:-}" ] || BASELINE=$(cd "$BASELINE" && pwd)
cd "$(dirname "$0")"
source ../tests/lib/cluster.sh
source lib/database.sh
source lib/measure.sh
source lib/steps.sh
source step_life.sh
curves=(readiness waiting kept purge clients wakeups sinks plans writes memory churn)
for curve in "${curves[@]}"; do
    source "curves/$curve.sh"
done
if [ -n "${CURVE:-}" ] && ! grep -qxF -- "$CURVE" <<<"$(printf '%s\n' "${curves[@]}")"; then
    echo "no curve $CURVE; there are: ${curves[*]}" >&2
    exit 1
fi

SHORT=${BENCH_SHORT:-} TASKS=2000 WIDE_1=100 WIDE_2=200 POINT_SECONDS=1 LIFE_TASKS=${BENCH_SHORT:+40}
LIFE_TASKS=${LIFE_TASKS:-800} CHURN_MINUTES=${CHURN_MINUTES:-30}

cluster_start shared_buffers=512MB fsync=on jit=off autovacuum=off work_mem=16MB effective_cache_size=1GB \
    random_page_cost=1.1 max_wal_size=16GB checkpoint_timeout=1h max_connections=200
export PATH="$PG_BIN:$PATH" WORK="$CLUSTER_DIR/bench"
mkdir "$WORK"
children_at_rest
load_database
mkdir -p results
{
    for curve in "${curves[@]}"; do
        [ "${CURVE:-$curve}" = "$curve" ] || continue
        echo "== $curve" >&2
        "curve_$curve"
        echo
    done
} | tee "results/curves${CURVE:+-$CURVE}.txt"
