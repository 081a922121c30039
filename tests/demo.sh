#!/usr/bin/env bash
# Shows four workers that fulfil an order inside PostgreSQL (sql/demo). Fails if the run broke a rule.
#
#   KEEP=1   leave the server running, and say how to ask it and how to stop it
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

# The pictures are UTF-8, whatever the locale of the terminal.
export PGCLIENTENCODING=UTF8 PGOPTIONS='--client-min-messages=warning'
session=("$PG_BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --pset pager=off
    --set ON_ERROR_STOP=1 --set SHOW_CONTEXT=never)
# On a terminal each picture replaces the last one.
redraw=
[ ! -t 1 ] || redraw=$'\033[H\033[J'

echo
echo "== tasker_core: fulfilling an order inside PostgreSQL"
echo
cluster_start
"${session[@]}" --file sql/demo/setup.sql

# Each worker is a session of its own. psql has no loops, so it reads the same command again and again.
workers=()
for number in 1 2 3 4; do
    "${session[@]}" --set worker="worker $number" < <(yes '\i sql/demo/work.sql') \
        >/dev/null 2>"$CLUSTER_DIR/worker.$number" &
    workers+=($!)
done

# The main session creates the order, and watches. That takes some eight seconds; after a minute it has failed.
status=0
timeout --foreground 60 "${session[@]}" --set redraw="$redraw" --file sql/demo/workflow.sql --file sql/demo/watch.sql \
    --file sql/demo/timeline.sql --file sql/demo/check.sql || status=$?

# The workers run until they are killed (status 143). One that ended by itself had an error.
kill "${workers[@]}" 2>/dev/null || true
for worker in "${workers[@]}"; do
    ended=0
    wait "$worker" || ended=$?
    [ "$ended" -eq 143 ] || status=1
done
cat "$CLUSTER_DIR"/worker.* >&2

echo
if [ "$status" -ne 0 ]; then
    echo "demo: FAILED$([ "$status" -ne 124 ] || echo ": not finished after a minute")" >&2
    exit 1
fi
if [ -n "${KEEP:-}" ]; then
    psql="$PG_BIN/psql -h $CLUSTER_DIR -U postgres"
    stop="$PG_BIN/pg_ctl stop -s -D $CLUSTER_DIR/data && rm -rf $CLUSTER_DIR"
    [ "$(id -u)" -ne 0 ] || stop="runuser -u postgres -- $PG_BIN/pg_ctl stop -s -D $CLUSTER_DIR/data && rm -rf $CLUSTER_DIR"
    cat <<END
The demo has passed. Its SQL is in sql/demo, and its server is still running. Try these:

  $psql -c "SELECT * FROM tasker_task_history(1)"
  $psql -Atc "SELECT tasker_task_svg(1)" >order.svg
  $psql -c "SELECT step_name, handler_config, claim_token FROM tasker_create_task('order_fulfilment', '{}', 'shop'), tasker_claim_steps('me')"

To stop the server:

  $stop
END
    # The server and its folder now belong to the user.
    trap - EXIT
else
    cluster_stop
    cat <<END
The demo has passed. Its SQL is in sql/demo; its private server and all data are deleted. Next steps:

  make demo KEEP=1        # run it again and keep the server, with three queries to try
  make install            # builds a faster library, installs it into the PostgreSQL of PG_CONFIG; then CREATE EXTENSION tasker_core
  less docs/workers.md    # how to write a worker
END
fi
