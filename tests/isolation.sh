#!/usr/bin/env bash
# Two sessions at once: pg_isolation_regress over tests/isolation in a private cluster. Arguments: the specs to run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

all=(isolation/specs/*.spec)
all=("${all[@]##*/}")
[ $# -gt 0 ] || set -- "${all[@]%.spec}"

mkdir -p results/isolation
cluster_start "deadlock_timeout = 100ms"
psql -Xqc 'CREATE DATABASE tasker_isolation'
psql -Xqd tasker_isolation -v ON_ERROR_STOP=1 -f isolation/setup.sql >/dev/null
"$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/pg_isolation_regress" --use-existing --inputdir=isolation \
    --outputdir=results/isolation --bindir="$PG_BIN" --dbname=tasker_isolation --host="$PGHOST" --port="$PGPORT" \
    --user="$PGUSER" "$@" || {
    cat results/isolation/regression.diffs >&2
    exit 1
}
