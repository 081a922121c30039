#!/usr/bin/env bash
# The SQL contract: pg_regress over tests/pg_regress in a private cluster. Arguments: the tests to run; without any, all of them
# run, in two halves.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/halves.sh

if [ $# -eq 0 ]; then
    all=(pg_regress/sql/*.sql)
    all=("${all[@]##*/}")
    run_halves ./regress.sh "${all[@]%.sql}"
    exit
fi

results=${RESULTS:-results}/regress${HALF:-}
mkdir -p "$results"
# pg_regress sets it from 15 on.
export PG_ABS_SRCDIR=$PWD/pg_regress
# Of queries over new tables, compiling takes longer than running.
cluster_start "log_min_messages = panic" "max_prepared_transactions = 4" "jit = off"
"$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress" --inputdir=pg_regress --outputdir="$results" \
    --bindir="$PG_BIN" --dbname=tasker_regress --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" "$@" || {
    cat "$results"/regression.diffs >&2
    exit 1
}
