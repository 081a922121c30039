#!/usr/bin/env bash
# Workers that fail, vanish and are killed, on a private cluster.
# TASKER_SOAK_TASKS sets how many tasks there are.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

# The checker reads SQLSTATEs in the log, and waits no longer than necessary.
cluster_start "log_error_verbosity = verbose" "deadlock_timeout = 200ms" "restart_after_crash = on"
restart() {
    as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --mode immediate --silent --wait stop
    as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --log "$CLUSTER_DIR/log" \
        --silent --wait start >/dev/null
}
export -f restart as_server_user
export PG_BIN CLUSTER_DIR
export TASKER_SOAK_RESTART=restart TASKER_SOAK_LOG="$CLUSTER_DIR/log"
export TASKER_TEST_DATABASE_URL="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE"
cargo test --release --quiet --package tasker_core_tests --test soak -- --nocapture
