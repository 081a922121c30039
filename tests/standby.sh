#!/usr/bin/env bash
# A physical standby answers as its primary does, and writes nothing. Once the primary is lost and the standby is promoted, it goes
# on with all work that was committed: claims of before are completed, every step is executed once. Prints "ok NAME" for each check.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh
source tests/lib/checks.sh
source tests/lib/live_work.sh

cluster_start "max_wal_senders = 4" "synchronous_standby_names = '*'" "synchronous_commit = local" "log_min_messages = error"
standby=$CLUSTER_DIR/standby
stop_standby() { as_server_user "$PG_BIN/pg_ctl" --pgdata "$standby" --mode immediate --silent stop >/dev/null 2>&1 || true; }
trap 'stop_standby; cluster_stop' EXIT
on postgres 'CREATE EXTENSION tasker_core' 'CREATE EXTENSION amcheck' 'CREATE SCHEMA app' "SELECT count(*) FROM tasker_install('app')" >/dev/null
as_server_user "$PG_BIN/pg_basebackup" --host "$PGHOST" --username "$PGUSER" --pgdata "$standby" --write-recovery-conf --wal-method stream \
    --checkpoint fast --no-sync
echo 'port = 5433' | as_server_user tee -a "$standby/postgresql.auto.conf" >/dev/null
as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$standby" --log "$CLUSTER_DIR/log.standby" --wait --silent start >/dev/null
there='port=5433 dbname=postgres'
in_step() {
    local written
    written=$(on postgres 'SELECT pg_current_wal_lsn()')
    becomes 'the standby is in step' t postgres -c "SELECT replay_lsn >= '$written' FROM pg_stat_replication"
}

work_on postgres
in_step
answers postgres >"$CLUSTER_DIR/before"
grep -q waiting_for_signal "$CLUSTER_DIR/before" || fail answers 'nothing waits for a signal'
# What asks here needs a temporary table, which a standby refuses.
asked="SELECT 'readiness', r FROM tasker_tasks AS t, tasker_step_readiness(t.task_id) AS r ORDER BY t.task_id, (r).workflow_step_id"
equal 'the standby gives the same answers' "$(on "$there" "$asked")" "$(on postgres "$asked")"
refused=$(on "$there" "SELECT tasker_claim_steps('worker', 1)" 2>&1) && fail 'a claim on the standby' "$refused"
[[ $refused == *read-only* || $refused == *'during recovery'* ]] || fail 'a claim on the standby' "$refused"
ok 'a claim on the standby is refused'
on postgres "SELECT tasker_subscribe('ends', '{task.completed}')" >/dev/null
newest=$(on postgres 'SELECT max(task_id) FROM tasker_tasks')
refused=$(on "$there" "SELECT tasker_read_events('ends')" 2>&1) && fail 'events on the standby' "$refused"
[[ $refused == *'the server is a standby'* ]] || fail 'events on the standby' "$refused"
ok 'events cannot be read on the standby'

# Workers are under way when the primary is lost. Each of their commits has waited for the standby.
on postgres 'SET tasker_core.testkit = on' "SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, 400)" >/dev/null
PGOPTIONS='-c search_path=app,public -c synchronous_commit=on' pgbench --no-vacuum --protocol prepared --client 4 --jobs 2 --time 60 \
    --define step=0 --define token=- --file tests/lib/worker.sql postgres >"$CLUSTER_DIR/load.log" 2>&1 &
workers=$!
done_steps() { on "$1" "SELECT count(*) FROM tasker_workflow_steps WHERE processed"; }
for _ in $(seq 600); do
    [ "$(done_steps postgres)" -lt 1000 ] || break
    kill -0 "$workers" 2>/dev/null || fail 'workers' "$(tail -5 "$CLUSTER_DIR/load.log")"
    sleep 0.1
done
completed=$(done_steps postgres)
[ "$completed" -ge 1000 ] || fail 'workers' "they completed $completed steps"
as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --mode immediate --silent stop >/dev/null
wait "$workers" || true
as_server_user "$PG_BIN/pg_ctl" --pgdata "$standby" --wait --silent promote >/dev/null
on "$there" 'ALTER SYSTEM RESET synchronous_standby_names' 'SELECT pg_reload_conf()' >/dev/null
[ "$(done_steps "$there")" -ge "$completed" ] || fail 'the promoted standby' 'it has less than what was committed'
ok 'nothing that was committed is lost'
must_equal 'the doctor' "$(on "$there" "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")" ''
on "$there" "SELECT count(bt_index_check(x.indexrelid, true)) FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid
    JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_am AS a ON a.oid = i.relam
    WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r' AND a.amname = 'btree'" >/dev/null
ok 'the doctor finds nothing, and indexes are sound'
held 'the promoted standby' "$there"
ok 'claims of before are completed'

# The workers of before are lost with their claims: these are released, and then all tasks come to their end.
on "$there" "SELECT count(tasker_release_step(workflow_step_id, claim_token)) FROM tasker_core_leases" >/dev/null
PGPORT=5433 PGOPTIONS='-c search_path=app,public' pgbench --no-vacuum --protocol prepared --client 4 --jobs 2 --transactions 1200 \
    --define step=0 --define token=- --file tests/lib/worker.sql postgres >"$CLUSTER_DIR/load.log" 2>&1 || fail 'workers' "$(tail -5 "$CLUSTER_DIR/load.log")"
equal 'every task ends' "$(on "$there" "SELECT count(*) FROM tasker_tasks AS t JOIN tasker_named_tasks AS n USING (named_task_id)
    WHERE n.name <> 'wait' AND NOT t.complete")" 0
equal 'every step was completed once' "$(on "$there" "SELECT count(*) FROM (SELECT FROM tasker_workflow_step_transitions
    WHERE to_state = 'complete' GROUP BY workflow_step_id HAVING count(*) > 1) AS twice")" 0
equal 'a consumer gets every end once' "$(on "$there" "SELECT count(*), count(DISTINCT task_id) FROM tasker_read_events('ends', 10000)
    WHERE task_id > $newest")" "$(on "$there" "SELECT count(*), count(*) FROM tasker_tasks WHERE complete AND task_id > $newest")"
must_equal 'the doctor at the end' "$(on "$there" "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")" ''
