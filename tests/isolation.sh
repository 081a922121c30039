#!/usr/bin/env bash
# Two sessions at once: pg_isolation_regress over tests/isolation in a private cluster. Arguments: the specs to run; without any,
# all of them run, in two halves.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/halves.sh

if [ $# -eq 0 ]; then
    all=(isolation/specs/*.spec)
    all=("${all[@]##*/}")
    run_halves ./isolation.sh "${all[@]%.spec}"
    exit
fi

results=${RESULTS:-results}/isolation${HALF:-}
mkdir -p "$results"
# Autovacuum would lock a table at some moment, and specs show which session waits for which.
cluster_start "deadlock_timeout = 100ms" "autovacuum = off"
psql -Xqc 'CREATE DATABASE tasker_isolation'
psql -Xqd tasker_isolation -v ON_ERROR_STOP=1 -f isolation/setup.sql >/dev/null
"$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/pg_isolation_regress" --use-existing --inputdir=isolation \
    --outputdir="$results" --bindir="$PG_BIN" --dbname=tasker_isolation --host="$PGHOST" --port="$PGPORT" \
    --user="$PGUSER" "$@" || {
    cat "$results"/regression.diffs >&2
    exit 1
}
