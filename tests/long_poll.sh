#!/usr/bin/env bash
# Calls that wait for work: what wakes them, what ends them, and what they keep meanwhile.
# One line "ok NAME" for each that holds; the first that does not ends the run. "skipped" lines do not count.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

# Longer than any of these checks may take: a call that returns was woken, or found it at a look.
cluster_start "tasker_core.max_wait = 1h" "max_prepared_transactions = 2" "log_min_messages = fatal"
results=$CLUSTER_DIR/results
mkdir "$results"
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql \
    -c 'ALTER DATABASE postgres SET tasker_core.testkit = on' \
    -c "SELECT setval(oid, 10000) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace" \
    -c "CREATE ROLE guest" -c "CREATE ROLE worker" -c "CREATE ROLE tenant" \
    -c "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO worker, tenant" \
    -c "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO worker, tenant" >/dev/null
register() { # register NAME STEP: a task of one step, in the namespace NAME
    sql -c "SELECT count(*) FROM tasker_register_task('{\"name\": \"$1\", \"namespace_name\": \"$1\", \"step_templates\": [{\"name\": \"$2\"}]}')" >/dev/null
}
create() { sql -c "SELECT task_id FROM tasker_create_task('$1', '{}', '$1')"; }
register mine pick
register theirs sort

# begin NAME CALL [OPTION…]: makes the call in the background; has_begun NAME waits until it waits.
began=
begin() {
    local name=$1 call=$2
    shift 2
    PGAPPNAME=$name PGOPTIONS="-c client_min_messages=debug1 ${OPTIONS:-}" psql -XqtA -v VERBOSITY=verbose "$@" -c "$call" \
        >"$results/$name" 2>&1 &
    began=$!
}
waits="SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Extension' AND application_name ="
has_begun() { becomes "$1: waits" 1 postgres -c "$waits '$1'"; }
ends() { timeout 60 tail --pid="$began" -f /dev/null || fail "$1" 'it still waits'; }
found() { # found NAME VALUE: the last line of what the call has returned
    ends "$1"
    must_equal "$1" "$(grep -vE 'DEBUG|LOCATION' "$results/$1" | tail -n 1)" "$2"
}
claim() { echo "SELECT task_id FROM tasker_claim_steps('$1', ${2:-}wait => '1 hour')"; }

# What becomes ready wakes the calls that wait for it, by whichever filter; a call with other names sleeps on.
for filter in '' "namespaces => '{mine}', " "task_names => '{mine}', " "step_names => '{pick}', " \
    "exclude => '{\"namespaces\": [\"theirs\"]}', " "version => '0.1.0', step_names => '{pick}', "; do
    begin worker "$(claim worker "$filter")"
    has_begun worker
    task=$(create mine)
    found worker "$task"
    grep -q 'woken for work' "$results/worker" || fail "woken by $filter" "$(cat "$results/worker")"
    ok "woken for ${filter:-anything}"
done
begin other "$(claim other "namespaces => '{theirs}', ")"
has_begun other
create mine >/dev/null
must_equal 'sleeps on' "$(sql -c "$waits 'other'")" 1
task=$(create theirs)
found other "$task"
ok 'other names'
must_equal 'the rest' "$(sql -c "SELECT count(*) FROM tasker_claim_steps('rest', 10)")" 1

# It waits without locks on tables and rows, and without a transaction id; the statement keeps its snapshot.
begin waiter "$(claim waiter)"
has_begun waiter
of_waiter="pid = (SELECT pid FROM pg_stat_activity WHERE application_name = 'waiter')"
equal 'keeps no lock that others wait for' \
    "$(sql -c "SELECT string_agg(DISTINCT locktype || ' ' || mode, ', ') FROM pg_locks WHERE $of_waiter")" \
    'userlock AccessShareLock, virtualxid ExclusiveLock'
equal 'keeps the snapshot of its statement' \
    "$(sql -c "SELECT backend_xid IS NULL, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE $of_waiter")" 't|t'
equal 'lets tables be altered' "$(sql -c 'BEGIN' -c 'LOCK TABLE tasker_workflow_steps, tasker_tasks, tasker_core_hints' -c 'ROLLBACK' 2>&1)" ''

# What ends it.
sql -c "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiter'" >/dev/null
ends waiter
grep -q '57014' "$results/waiter" || fail cancelled "$(cat "$results/waiter")"
ok cancelled
begin waiter "$(claim waiter)"
has_begun waiter
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiter'" >/dev/null
ends waiter
grep -q '57P01' "$results/waiter" || fail terminated "$(cat "$results/waiter")"
ok terminated
OPTIONS='-c statement_timeout=100' begin waiter "$(claim waiter)"
ends waiter
grep -q '57014.*statement timeout' "$results/waiter" || fail statement_timeout "$(cat "$results/waiter")"
ok statement_timeout
begin waiter "SELECT count(*) FROM tasker_claim_steps('w', wait => '10 ms')" -c "$(claim waiter)"
has_begun waiter
sql -c "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiter'" >/dev/null
found waiter 0
ok 'the session goes on after a cancellation'
equal 'its time is over' "$(sql -c "SELECT count(*) FROM tasker_claim_steps('w', wait => '10 ms')")" 0
equal 'max_wait is over' "$(sql -c 'SET tasker_core.max_wait = 10' -c "$(claim w)")" ''

# A worker whose client has gone claims nothing.
begin gone "$(claim gone)"
has_begun gone
kill -9 "$began"
wait "$began" 2>/dev/null || true
task=$(create mine)
becomes 'the client has gone' 0 postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gone'"
equal 'a client that has gone' "$(sql -c "SELECT task_id FROM tasker_claim_steps('w')")" "$task"

# Time brings work too: a lease ends, a backoff ends. A call that does such due work returns, so that others see it; a worker
# calls again.
again() { # again NAME CALL: what the first call that returns something returns
    local answer=
    for _ in 1 2 3 4 5 6 7 8; do
        [ -n "$answer" ] || answer=$(PGAPPNAME=$1 sql -c "$2")
    done
    echo "$answer"
}
worker() { again "$1" "$(claim "$1" "${2:-}")"; } # worker NAME [FILTER]
task=$(create mine)
must_equal 'a short lease' "$(sql -c "$(claim brief "lease => '1 s', ")")" "$task"
equal 'the end of a lease' "$(worker later)" "$task"
sql -c "SELECT tasker_fail_step(workflow_step_id, '{}', true, '1 s', claim_token) FROM tasker_core_leases WHERE worker = 'later'" >/dev/null
equal 'the end of a backoff' "$(worker retried)" "$task"

# A slot of a limit, the end of a pause, a signal.
sql -c "SELECT tasker_set_limit('step_name', 'pick', max_running => 1)" >/dev/null
create mine >/dev/null
held=$(sql -c "SELECT workflow_step_id, claim_token FROM tasker_claim_steps('holder')")
task=$(create mine)
worker slot >"$results/slot" &
becomes 'waits for a slot' 1 postgres -c "SELECT count(*) FROM tasker_core_parked"
sql -c "SELECT tasker_complete_step(${held%|*}, '{}', '${held#*|}')" >/dev/null
wait
equal 'a free slot' "$(cat "$results/slot")" "$task"
sql -c "SELECT tasker_set_limit('step_name', 'pick')" -c "SELECT tasker_pause('task_name', 'mine')" >/dev/null
task=$(create mine)
worker resumed >"$results/resumed" &
becomes 'waits for the end of a pause' 1 postgres -c "SELECT count(*) FROM tasker_core_parked"
sql -c "SELECT tasker_resume('task_name', 'mine')" >/dev/null
wait
equal 'the end of a pause' "$(cat "$results/resumed")" "$task"
sql -c "SELECT count(*) FROM tasker_register_task('{\"name\": \"gate\", \"namespace_name\": \"gate\", \"step_templates\": [
    {\"name\": \"wait\", \"wait\": {\"signal\": \"go\"}}, {\"name\": \"after\", \"depends_on_step\": \"wait\"}]}')" >/dev/null
task=$(create gate)
worker signalled "namespaces => '{gate}', " >"$results/signalled" &
has_begun signalled
sql -c "SELECT count(*) FROM tasker_signal($task, 'go')" >/dev/null
wait
equal 'a signal' "$(cat "$results/signalled")" "$task"
# Its task is looked at every five seconds while a step runs; a call that did this would return without rows.
sql -c "SELECT tasker_complete_step(workflow_step_id, '{}', claim_token) FROM tasker_core_leases WHERE worker = 'signalled'" >/dev/null
becomes 'no timer is left' 0 postgres -c 'DO $$ BEGIN PERFORM tasker_maintain(); END $$' -c 'SELECT count(*) FROM tasker_core_timers'

# The transactions of others: prepared ones, the engine's own statements, many steps at once.
begin prepared "$(claim prepared)"
has_begun prepared
sql -c 'BEGIN' -c "SELECT task_id FROM tasker_create_task('mine', '{}', 'mine')" -c "PREPARE TRANSACTION 'creation'" >"$results/task"
sql -c "COMMIT PREPARED 'creation'"
found prepared "$(cat "$results/task")"
ok 'a prepared transaction'
begin engine "$(claim engine)"
has_begun engine
sql -c 'SELECT make_task(1000, 1000, 1)' >/dev/null
found engine 1000
ok "the engine's statements"
for number in 1 2 3 4; do begin "many$number" "$(claim "many$number")"; done
for number in 1 2 3 4; do has_begun "many$number"; done
sql -c "SELECT count(*) FROM tasker_create_tasks((SELECT jsonb_agg('{\"task_name\": \"mine\", \"namespace\": \"mine\", \"context\": {}}'::jsonb) FROM generate_series(1, 4)))" >/dev/null
wait
equal 'each of many finds a step of its own' "$(cat "$results"/many? | grep -E '^[0-9]+$' | sort -u | wc -l)" 4
sql -c "BEGIN" -c "SELECT count(*) FROM tasker_create_task('mine', '{}', 'mine')" -c "ROLLBACK" >/dev/null
equal 'what is rolled back wakes no call' "$(sql -c 'SET client_min_messages = debug1' -c "SELECT count(*) FROM tasker_claim_steps('w', wait => '10 ms')" 2>&1)" 0

# A transaction that has written does not wait: its locks would be kept from others. The next call does.
task=$(create mine)
equal 'what has written does not wait' "$(sql -c 'BEGIN' -c "SELECT count(*) FROM tasker_claim_steps('w', task_id => $task)" \
    -c "SELECT count(*) FROM tasker_claim_steps('w', wait => '1 hour')" -c 'ROLLBACK')" $'1\n0'
step=$(sql -c "SELECT workflow_step_id, claim_token FROM tasker_claim_steps('w', task_id => $task)")
equal 'who completes does not wait' \
    "$(sql -c "SELECT count(*) FROM tasker_complete_and_claim(${step%|*}, '{}', '${step#*|}', 'w', wait => '1 hour')")" 0
begin idle "SELECT task_id FROM tasker_complete_and_claim(NULL, NULL, NULL, 'idle', wait => '1 hour')"
has_begun idle
task=$(create mine)
found idle "$task"
ok 'who has nothing to complete waits'
sql -c "SELECT count(*) FROM tasker_due_tasks('another', 1000)" >/dev/null
again scheduler "SELECT task_id FROM tasker_due_tasks('scheduler', wait => '1 hour')" >"$results/scheduler" &
has_begun scheduler
task=$(create mine)
wait
equal 'schedulers wait' "$(cat "$results/scheduler")" "$task"

# Errors.
refused() { # refused NAME SQLSTATE COMMAND…
    local name=$1 state=$2 said
    shift 2
    said=$(sql -v VERBOSITY=sqlstate "$@" 2>&1) && fail "$name" "«$said»"
    equal "$name" "$(tail -n 1 <<<"$said")" "ERROR:  $state"
}
refused 'repeatable read' 0A000 -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' -c "$(claim w)"
refused 'serializable' 0A000 -c 'SET default_transaction_isolation = serializable' -c "SELECT count(*) FROM tasker_due_tasks('w', wait => '1 s')"
refused 'a negative time' 22023 -c "SELECT count(*) FROM tasker_claim_steps('w', wait => '-1 s')"
refused 'no step, but results' 22004 -c "SELECT count(*) FROM tasker_complete_and_claim(NULL, '{}', NULL, 'w', wait => '1 s')"
refused 'no step, and no wait' 22004 -c "SELECT count(*) FROM tasker_complete_and_claim(NULL, NULL, NULL, 'w')"
refused 'a role without rights' 42501 -c 'SET ROLE guest' -c "$(claim w)"
equal 'no time' "$(sql -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' -c "SELECT count(*) FROM tasker_claim_steps('w', namespaces => '{theirs}', wait => '0')" -c 'ROLLBACK')" 0

# Row-level security: a tenant is woken, and gets what it may see.
sql -c 'ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY' -c 'ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY' \
    -c "CREATE POLICY own ON tasker_tasks USING (context ->> 'tenant' = current_user)" \
    -c "CREATE POLICY own ON tasker_workflow_steps USING (EXISTS (SELECT FROM tasker_tasks AS t WHERE t.task_id = tasker_workflow_steps.task_id))"
sql -c "SELECT count(*) FROM tasker_claim_steps('w', 10)" >/dev/null
OPTIONS='-c role=tenant' begin tenant "$(claim tenant)"
has_begun tenant
create mine >/dev/null
task=$(sql -c "SELECT task_id FROM tasker_create_task('mine', '{\"tenant\": \"tenant\"}', 'mine')")
found tenant "$task"
ok 'a tenant'

# Through a pool that gives each transaction another session.
if ! ../.ci/setup bouncer >/dev/null 2>&1 || [ ! -x /usr/sbin/pgbouncer ]; then
    echo 'skipped PgBouncer cannot be installed'
else
    cat <<CONF | as_server_user tee "$CLUSTER_DIR/pgbouncer.ini" >/dev/null
[databases]
postgres = host=$PGHOST port=$PGPORT user=$PGUSER
[pgbouncer]
unix_socket_dir = $CLUSTER_DIR
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 2
logfile = $CLUSTER_DIR/pgbouncer.log
pidfile = $CLUSTER_DIR/pgbouncer.pid
ignore_startup_parameters = options
CONF
    as_server_user /usr/sbin/pgbouncer --daemon --quiet "$CLUSTER_DIR/pgbouncer.ini"
    port=$PGPORT
    export PGPORT=6432
    sql -c "SELECT count(*) FROM tasker_claim_steps('w', 100)" >/dev/null
    PGAPPNAME=pooled psql -XqtA -c "$(claim pooled)" >"$results/pooled" 2>&1 &
    began=$!
    PGPORT=$port has_begun pooled
    task=$(create mine)
    found pooled "$task"
    as_server_user kill "$(cat "$CLUSTER_DIR/pgbouncer.pid")"
    export PGPORT=$port
    ok 'through PgBouncer in transaction mode'
fi

# A shutdown does not wait for calls that wait.
begin last "$(claim last)"
has_begun last
as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --mode fast --silent --wait stop >/dev/null
ends last
grep -q '57P01' "$results/last" || fail shutdown "$(cat "$results/last")"
ok shutdown
