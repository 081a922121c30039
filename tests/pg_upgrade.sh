#!/usr/bin/env bash
# pg_upgrade of a cluster that preloads the library and has work due: nothing of ours runs in a server that pg_upgrade has started,
# and the new cluster is sound. Both clusters are of this version, which pg_upgrade permits. Prints "ok NAME" for each check.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

control() { # control ACTION [ARGUMENT…]: of the cluster in $data
    as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$data" --log "$CLUSTER_DIR/log" \
        --wait --silent --mode fast "$@" >/dev/null
}
configure() {
    cat <<CONF | as_server_user tee -a "$data/postgresql.conf" >/dev/null
shared_preload_libraries = 'tasker_core'
tasker_core.maintenance_databases = 'postgres'
tasker_core.maintenance_interval = 1s
CONF
}
workers="SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'tasker_core maintenance'"
state="SELECT to_state FROM tasker_workflow_step_transitions WHERE workflow_step_id = 1 AND most_recent"

cluster_start
data=$CLUSTER_DIR/data
# A step whose backoff is over: the worker's first round would write. No session has looked when the server stops.
sql >/dev/null <<'SQL'
CREATE EXTENSION tasker_core;
CREATE EXTENSION amcheck;
SELECT count(*) FROM tasker_install();
\i pg_regress/helpers.sql
SELECT make_task(1, 1, 200);
UPDATE tasker_workflow_steps SET attempts = 1;
SELECT move_step(step, 'error') FROM generate_series(1, 200) AS step;
SELECT tasker_subscribe('one');
SELECT tasker_publish_event(1, NULL, 'kept.' || word) FROM unnest('{first,second}'::text[]) AS word;
SELECT tasker_ack_events('one', position) FROM tasker_read_events('one', 1);
SQL
control stop
configure

# As pg_upgrade starts it: with -b. A round of the worker would come at once.
control start --options="-b"
sleep 3
equal "started for an upgrade, no worker runs" "$(sql -c "$workers")" 0
equal "started for an upgrade, nothing is maintained" "$(sql -c "$state")" error
control stop

# The whole upgrade.
as_server_user "$PG_BIN/initdb" --pgdata "$CLUSTER_DIR/new" --username postgres --auth trust --encoding UTF8 --locale C --no-sync >/dev/null
as_server_user mkdir "$CLUSTER_DIR/upgrade"
data=$CLUSTER_DIR/new configure
as_server_user bash -c "cd '$CLUSTER_DIR/upgrade' && exec '$PG_BIN/pg_upgrade' --old-bindir='$PG_BIN' --new-bindir='$PG_BIN' \
    --old-datadir='$CLUSTER_DIR/data' --new-datadir='$CLUSTER_DIR/new' --username=postgres --socketdir='$CLUSTER_DIR'" \
    >"$CLUSTER_DIR/upgrade.log" 2>&1 || {
    cat "$CLUSTER_DIR/upgrade.log" >&2
    fail pg_upgrade "it failed"
}
ok pg_upgrade
# First without the worker, as it was copied.
data=$CLUSTER_DIR/new
unix="-c unix_socket_directories=$CLUSTER_DIR -c listen_addresses= -c fsync=off"
control start --options="$unix -c tasker_core.maintenance_interval=0"
equal "amcheck finds nothing in the new cluster" "$(sql -c "
    SELECT c.oid::regclass || ': ' || v.msg FROM pg_class AS c, verify_heapam(c.oid) AS v
    WHERE c.relkind IN ('r', 't', 'm') ORDER BY 1 LIMIT 5")" ''
equal "the steps are as they were" "$(sql -c "$state")" error
equal "the doctor finds nothing" "$(sql -c "SELECT * FROM tasker_doctor() WHERE severity <> 'info'")" ''
sql -c "SELECT tasker_publish_event(1, NULL, 'kept.third')" >/dev/null
equal "a consumer goes on where it was" "$(sql -c "SELECT string_agg(event, ' ') FROM tasker_read_events('one')")" 'kept.second kept.third'
control stop
# Started as usual, the worker goes to work: what kept it from it was the upgrade.
control start --options="$unix"
for _ in $(seq 300); do
    [ "$(sql -c "$state")" != pending ] || break
    sleep 0.1
done
equal "after the upgrade the worker works" "$(sql -c "$workers"):$(sql -c "$state")" 1:pending
equal "the doctor finds nothing afterwards" "$(sql -c "SELECT * FROM tasker_doctor() WHERE severity <> 'info'")" ''
control stop
