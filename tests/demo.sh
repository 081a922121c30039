#!/usr/bin/env bash
# An order is fulfilled inside PostgreSQL, before your eyes; see sql/demo. Fails unless it ended well.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

# The pictures are UTF-8, whatever the locale of the terminal.
export PGCLIENTENCODING=UTF8 PGOPTIONS='--client-min-messages=warning'

echo
echo "== tasker_core: an order is fulfilled inside PostgreSQL"
echo
cluster_start
# One session runs everything. It takes some five seconds: after a minute the task is stuck.
status=0
timeout --foreground 60 "$PG_BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --pset pager=off \
    --set ON_ERROR_STOP=1 --set SHOW_CONTEXT=never \
    --file sql/demo/setup.sql --file sql/demo/workflow.sql --file sql/demo/drive.sql \
    --file sql/demo/timeline.sql --file sql/demo/check.sql || status=$?
cluster_stop

echo
if [ "$status" -ne 0 ]; then
    echo "demo: FAILED$([ "$status" -ne 124 ] || echo ": not finished after a minute")" >&2
    exit 1
fi
echo "The demo has ended well. Its SQL is in sql/demo; its private server and all data are gone."
