#!/usr/bin/env bash
# The SQL contract: pg_regress over tests/pg_regress in a private cluster. Arguments: the tests to run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

all=(pg_regress/sql/*.sql)
all=("${all[@]##*/}")
[ $# -gt 0 ] || set -- "${all[@]%.sql}"

mkdir -p results/regress
# pg_regress sets it from 15 on.
export PG_ABS_SRCDIR=$PWD/pg_regress
cluster_start "log_min_messages = panic" "max_prepared_transactions = 4"
"$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress" --inputdir=pg_regress --outputdir=results/regress \
    --bindir="$PG_BIN" --dbname=tasker_regress --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" "$@" || {
    cat results/regress/regression.diffs >&2
    exit 1
}
