#!/usr/bin/env bash
# The event stream under load: writers that commit late, readers that are killed. Then what wakes a reader, and what a held
# transaction, a copy and a restore do to it. TASKER_EVENTS_SECONDS is how long the load lasts (15 unless set).
# One line "ok NAME" for each check that holds; the first that does not ends the run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh
readonly seconds=${TASKER_EVENTS_SECONDS:-15}

cluster_start "tasker_core.max_wait = 1h" "max_prepared_transactions = 2" "log_min_messages = fatal" "max_connections = 60" \
    "wal_level = logical"
results=$CLUSTER_DIR/results
mkdir "$results"
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql >/dev/null
sql >/dev/null <<'SQL'
SELECT make_task(task, task * 10, 2) FROM generate_series(1, 40) AS task;
-- The number of the last event of each task, which its writers lock.
CREATE TABLE numbers (task bigint PRIMARY KEY, number bigint NOT NULL);
INSERT INTO numbers SELECT task, 0 FROM generate_series(1, 40) AS task;
CREATE TABLE written (task bigint, number bigint);
CREATE TABLE delivered (id bigserial, consumer text, task bigint, number bigint, position text);
CREATE TABLE acknowledged (consumer text, up_to bigint);

-- Writes an event of a task, with the number after that of its last one; in between, what a rolled-back savepoint wrote.
CREATE FUNCTION write_event(task bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    next_number bigint;
BEGIN
    UPDATE numbers SET number = numbers.number + 1 WHERE numbers.task = write_event.task RETURNING number INTO next_number;
    BEGIN
        PERFORM tasker_publish_event(task, NULL, 'load.undone');
        RAISE EXCEPTION 'undone';
    EXCEPTION WHEN raise_exception THEN
    END;
    PERFORM tasker_publish_event(task, NULL, 'load.written', jsonb_build_object('number', next_number));
    INSERT INTO written VALUES (task, next_number);
END
$$;
SQL
consumers=(one two three four)
for consumer in "${consumers[@]}"; do sql -c "SELECT tasker_subscribe('$consumer', '{load.*}')" >/dev/null; done

# Eight writers: of one to three tasks in a transaction; one in ten commits after up to two seconds, one in ten rolls back.
cat >"$results/writer.sql" <<'SQL'
\set first random(1, 13)
\set end random(1, 10)
\set pause random(1, 2000)
BEGIN;
SELECT write_event(:first);
SELECT write_event(:first + 13);
SELECT write_event(:first + 27);
\if :end = 1
SELECT pg_sleep(:pause / 1000.0);
\endif
\if :end = 2
ROLLBACK;
\else
COMMIT;
\endif
SQL
# Each consumer has one reader. It keeps what it read, and acknowledges it in a transaction of its own.
reader() {
    local consumer=$1
    # The backend of a killed reader may still be at work.
    PGAPPNAME=reader-$consumer sql <<SQL >/dev/null 2>&1
SELECT pg_advisory_lock(hashtext('$consumer'));
DO \$\$
DECLARE
    last text;
BEGIN
    LOOP
        WITH found AS (
            INSERT INTO delivered (consumer, task, number, position)
            SELECT '$consumer', task_id, (payload ->> 'number')::bigint, position
            FROM tasker_read_events('$consumer', 37)
            RETURNING id, position
        )
        SELECT position INTO last FROM found ORDER BY id DESC LIMIT 1;
        COMMIT;
        PERFORM pg_sleep(0.01);
        IF last IS NOT NULL AND random() < 0.8 THEN
            PERFORM tasker_ack_events('$consumer', last);
            INSERT INTO acknowledged SELECT '$consumer', max(id) FROM delivered WHERE consumer = '$consumer';
            COMMIT;
        END IF;
        EXIT WHEN last IS NULL AND EXISTS (SELECT FROM numbers WHERE task = 0);
    END LOOP;
END
\$\$;
SQL
}
keep_reading() { # starts the reader again until it has ended by itself
    until reader "$1"; do :; done
}
pids=()
for consumer in "${consumers[@]}"; do
    keep_reading "$consumer" &
    pids+=($!)
done
pgbench --no-vacuum --client 8 --jobs 2 --time "$seconds" --file "$results/writer.sql" >"$results/writers.log" 2>&1 &
writers=$!
while kill -0 $writers 2>/dev/null; do
    sleep 0.7
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'reader-%' ORDER BY random() LIMIT 1" >/dev/null
done
wait $writers || fail 'the writers' "$(tail -5 "$results/writers.log")"
sql -c 'INSERT INTO numbers VALUES (0, 0)'
for pid in "${pids[@]}"; do wait "$pid" || fail 'a reader' 'it ended with an error'; done
written=$(sql -c 'SELECT count(*) FROM written')
[ "$written" -gt 100 ] || fail load "too little was written: $written"
ok "load: $written events, $(sql -c 'SELECT count(*) FROM delivered') deliveries"
equal 'no gap' "$(sql -c "SELECT count(*) FROM written CROSS JOIN unnest('{one,two,three,four}'::text[]) AS consumer
    WHERE NOT EXISTS (SELECT FROM delivered WHERE (delivered.consumer, delivered.task, delivered.number) = (consumer, written.task, written.number))")" 0
equal 'nothing that was rolled back' "$(sql -c 'SELECT count(*) FROM delivered LEFT JOIN written USING (task, number) WHERE written.task IS NULL')" 0
equal 'in order within a task' "$(sql -c 'SELECT count(*) FROM (
    SELECT number, lag(number) OVER (PARTITION BY consumer, task ORDER BY first) AS before
    FROM (SELECT consumer, task, number, min(id) AS first FROM delivered GROUP BY 1, 2, 3) AS firsts
) AS pairs WHERE before > number')" 0
equal 'nothing twice that was acknowledged' "$(sql -c 'SELECT count(*) FROM delivered AS again
    JOIN delivered AS first ON first.consumer = again.consumer AND first.task = again.task AND first.number = again.number AND first.id < again.id
    JOIN acknowledged ON acknowledged.consumer = again.consumer AND first.id <= acknowledged.up_to AND acknowledged.up_to < again.id')" 0
equal 'nothing is left' "$(sql -c 'SELECT sum(lag) FROM tasker_subscriptions()')" 0

# A transaction that is held delays its own events alone, however it ends.
hold() { # hold NAME SQL END: begins in the background, and ends once the file END is there
    PGAPPNAME=$1 psql -Xqt >"$results/$1" 2>&1 <<SQL &
BEGIN;
$2;
\\! until [ -e $results/$1.end ]; do sleep 0.05; done
$3;
SQL
    held=$!
}
publish() { sql -c "SELECT tasker_publish_event($1, NULL, 'load.$2')" >/dev/null; }
read_all() { sql -c "SELECT string_agg(event, ' ') FROM tasker_read_events('one')"; }
ack() { sql -c "SELECT tasker_ack_events('one', (SELECT position FROM tasker_read_events('one') WHERE event = 'load.$1'))"; }
hold late "SELECT tasker_publish_event(1, NULL, 'load.late')" COMMIT
becomes 'a transaction is held' 1 postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'late' AND state = 'idle in transaction'"
publish 2 early
equal 'a held transaction delays no other' "$(read_all)" load.early
must_equal 'acknowledged' "$(ack early)" t
publish 3 later
touch "$results/late.end"
wait $held
equal 'what commits late is not passed over' "$(read_all | tr ' ' '\n' | sort | tr '\n' ' ')" 'load.late load.later '
sql -c "SELECT tasker_subscribe('one', '{load.*}', 'now')" >/dev/null
sql -c 'BEGIN' -c "SELECT tasker_publish_event(1, NULL, 'load.prepared')" -c "PREPARE TRANSACTION 'p'" >/dev/null
publish 2 early
must_equal 'prepared' "$(read_all)" load.early
must_equal 'acknowledged' "$(ack early)" t
sql -c "COMMIT PREPARED 'p'"
equal 'a prepared transaction' "$(read_all)" load.prepared
must_equal 'acknowledged' "$(ack prepared)" t

# A subscription that is prepared blocks no writer.
sql -c 'BEGIN' -c "SELECT tasker_subscribe('prepared')" -c "PREPARE TRANSACTION 's'" >/dev/null
publish 2 early
equal 'a prepared subscription' "$(read_all)" load.early
must_equal 'acknowledged' "$(ack early)" t
sql -c "COMMIT PREPARED 's'" -c "SELECT tasker_unsubscribe('prepared')" >/dev/null

# A reader that keeps its transaction open delays no writer and no other reader.
hold reader "SELECT count(*) FROM tasker_read_events('two')" COMMIT
publish 4 beside
equal 'an open reader' "$(read_all)" load.beside
touch "$results/reader.end"
wait $held
must_equal 'acknowledged' "$(ack beside)" t

# A backup holds a snapshot for long; it delays nothing.
hold backup "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tasker_tasks" COMMIT
becomes 'a backup runs' 1 postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'backup' AND state = 'idle in transaction'"
publish 4 beside
equal 'a backup' "$(read_all)" load.beside
touch "$results/backup.end"
wait $held
must_equal 'acknowledged' "$(ack beside)" t

# A transaction reads and acknowledges in a snapshot that is older than the call: what others have committed meanwhile follows.
publish 1 first
hold snapshot "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tasker_tasks;
    \\! until [ -e $results/snapshot.read ]; do sleep 0.05; done
SELECT tasker_ack_events('one', position) FROM tasker_read_events('one', 1)" COMMIT
becomes 'a snapshot is taken' 1 postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'snapshot' AND state = 'idle in transaction'"
publish 2 second
touch "$results/snapshot.read" "$results/snapshot.end"
wait $held
equal 'acknowledged in an old snapshot' "$(read_all)" load.second
must_equal 'acknowledged' "$(ack second)" t

# A new consumer gets what commits after its subscription, also of transactions that ran then.
for consumer in "${consumers[@]}"; do sql -c "SELECT tasker_unsubscribe('$consumer')" >/dev/null; done
hold running "SELECT move_task(5, 'in_progress')" COMMIT
becomes 'a transaction runs' 1 postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'running' AND state = 'idle in transaction'"
sql -c "SELECT tasker_subscribe('one')" >/dev/null
touch "$results/running.end"
wait $held
equal 'a transaction that ran when the first consumer came' "$(read_all)" task.start_requested
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('one', position) FROM tasker_read_events('one')")" t

# What waits is woken by events and by nothing else, keeps no lock, and works through a pooler's transactions.
begin() { # begin NAME CALL
    PGAPPNAME=$1 PGOPTIONS='-c client_min_messages=debug1' psql -XqtA -v VERBOSITY=verbose -c "$2" >"$results/$1" 2>&1 &
    began=$!
}
waits="SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Extension' AND application_name ="
begin reader "SELECT event FROM tasker_read_events('one', wait => '1 hour')"
becomes 'it waits' 1 postgres -c "$waits 'reader'"
sql -c 'SELECT make_task(100, 2000, 1)' -c 'BEGIN' -c "SELECT move_step(2000, 'in_progress')" -c 'ROLLBACK' >/dev/null
timeout 60 tail --pid=$began -f /dev/null || fail 'a reader that waits' 'it still waits'
equal 'an event wakes a reader' "$(grep -cE '^task.created$|woken for work' "$results/reader")" 2
sql -c "SELECT tasker_ack_events('one', position) FROM tasker_read_events('one')" >/dev/null
begin claimer "SELECT count(*) FROM tasker_claim_steps('w', task_id => 100, step_names => '{nothing}', wait => '100 ms')"
begin reader "SELECT event FROM tasker_read_events('one', wait => '300 ms')"
wait $began
equal 'its time is over' "$(grep -vc DEBUG "$results/reader" || true)" 0

# Notifications: one for each channel and transaction, of what has committed.
heard() { sql -c 'LISTEN tasker_work' -c 'LISTEN tasker_events' -c "SET tasker_core.notify = $1" "${@:2}" -c 'SELECT 1' 2>&1 | sed -n 's/^Asynchronous notification "\([a-z_]*\)" with payload "\(.*\)" received from.*/\1 \2/p'; }
make_two=(-c 'SELECT count(make_task(id, id * 100, 1)) FROM generate_series(101, 102) AS id')
equal 'notify = events' "$(heard events "${make_two[@]}")" 'tasker_work {"schema":"public","step_ids":[10100,10200]}
tasker_events {"schema":"public","task_ids":[101,102]}'
equal 'notify = work' "$(heard work -c 'SELECT make_task(103, 10300, 1)')" 'tasker_work {"schema":"public","step_ids":[10300]}'
sql -c "SELECT make_task(107, 10700, 1)" -c "SELECT setval(pg_get_serial_sequence('tasker_' || name || 's', name || '_id'), 1000000)
    FROM unnest('{dependent_system,named_step,workflow_step}'::text[]) AS name" >/dev/null
equal 'a notification of steps that come without an event' "$(heard work -c "SELECT count(*) FROM tasker_add_steps(107, '[{\"name\": \"later\"}]')" | sed 's/[0-9]\+/N/g')" 'tasker_work {"schema":"public","step_ids":[N]}'
equal 'notify = off' "$(heard off -c 'SELECT make_task(104, 10400, 1)')" ''
equal 'no notification of what is rolled back' "$(heard events -c 'BEGIN' -c 'SELECT make_task(105, 10500, 1)' -c 'ROLLBACK')" ''
equal 'a notification of too many ids' "$(heard events -c 'SELECT count(make_task(id, id * 100, 1)) FROM generate_series(2001, 4500) AS id')" \
    'tasker_work {"schema":"public","step_ids":null}
tasker_events {"schema":"public","task_ids":null}'
equal 'a prepared transaction does not notify' "$(heard events -c 'BEGIN' -c 'SELECT make_task(106, 10600, 1)' -c "PREPARE TRANSACTION 'n'" -c "COMMIT PREPARED 'n'")" ''

# Logical messages, as change data capture reads them: in the order of the commits, without what is rolled back.
pg_recvlogical --dbname postgres --slot events --create-slot --plugin test_decoding
emit='SET tasker_core.logical_messages = on'
sql -c "$emit" -c "SELECT move_step(10100, 'in_progress')" -c 'BEGIN' -c "SELECT move_step(10100, 'complete')" -c 'ROLLBACK' \
    -c "SELECT move_step(10100, 'error')" >/dev/null
sql -c "SELECT move_step(10200, 'in_progress')" >/dev/null
pg_recvlogical --dbname postgres --slot events --start --file - --endpos "$(sql -c 'SELECT pg_current_wal_insert_lsn()')" --no-loop >"$results/decoded" 2>&1
equal 'logical messages' "$(grep -oE 'prefix: tasker_core.*"event":"[a-z_.]*"' "$results/decoded" | sed 's/.*"event"://' | tr '\n' ' ')" '"step.execution_requested" "step.failed" '
pg_recvlogical --dbname postgres --slot events --drop-slot

# Ten consumers that acknowledge nothing, and a copy of the database with its consumers.
sql -c "SELECT tasker_unsubscribe('one')" -c "SELECT tasker_subscribe('ten ' || ten) FROM generate_series(1, 10) AS ten" >/dev/null
sql -c "SELECT count(tasker_publish_event(6, NULL, 'load.many')) FROM generate_series(1, 5000)" >/dev/null
equal 'ten consumers' "$(sql -c "SELECT count(*), min(lag), max(lag) FROM tasker_subscriptions()")" '10|5000|5000'
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('ten 1', position) FROM tasker_read_events('ten 1', 1000) OFFSET 999")" t
createdb --template postgres copied
must_equal 'a copied database' "$(sql -d copied -c "SELECT lag FROM tasker_subscriptions() WHERE consumer = 'ten 1'")" 4000
sql -d copied -c "SELECT tasker_publish_event(6, NULL, 'load.copied')" >/dev/null
equal 'a copied database goes on' "$(sql -d copied -c "SELECT count(*), max(event) FILTER (WHERE event <> 'load.many') FROM tasker_read_events('ten 1', 10000)")" '4001|load.copied'
pg_dump --format custom --file "$results/dump" postgres
# The dump in another cluster, whose transactions have other numbers.
first=$CLUSTER_DIR
cp "$results/dump" "${TMPDIR:-/tmp}/tasker_events.dump.$$"
cluster_stop
cluster_start "log_min_messages = fatal"
[ "$first" != "$CLUSTER_DIR" ] || fail 'another cluster' 'it is the same'
results=$CLUSTER_DIR/results
mkdir "$results"
mv "${TMPDIR:-/tmp}/tasker_events.dump.$$" "$results/dump"
createdb restored
pg_restore --dbname restored "$results/dump"
export PGDATABASE=restored
sql -c "SELECT tasker_publish_event(6, NULL, 'load.restored')" >/dev/null
pg_dump --format custom --file "${TMPDIR:-/tmp}/tasker_events.dump.$$" restored
read_ten() { sql -c "SELECT count(*), max(event) FILTER (WHERE event <> 'load.many') FROM tasker_read_events('ten 1', 10000)"; }
equal 'after a restore: what was not read, then what is new' "$(read_ten)" '4001|load.restored'
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('ten 1', position) FROM tasker_read_events('ten 1', 10000) OFFSET 3999 LIMIT 1")" t
must_equal 'the rest' "$(read_ten)" '1|load.restored'
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('ten 1', position) FROM tasker_read_events('ten 1', 10000)")" t
sql -c "SELECT tasker_publish_event(6, NULL, 'load.next')" >/dev/null
equal 'and then as before' "$(read_ten)" '1|load.next'

# A third cluster, from a dump of the second one, in which no consumer had read anything.
second=$CLUSTER_DIR
unset PGDATABASE
cluster_stop
cluster_start "log_min_messages = fatal" "wal_writer_delay = 10s"
[ "$second" != "$CLUSTER_DIR" ] || fail 'a third cluster' 'it is the same'
createdb restored
pg_restore --dbname restored "${TMPDIR:-/tmp}/tasker_events.dump.$$"
rm "${TMPDIR:-/tmp}/tasker_events.dump.$$"
export PGDATABASE=restored
sql -c "SELECT tasker_publish_event(6, NULL, 'load.third')" >/dev/null
equal 'after two restores' "$(sql -c "SELECT string_agg(DISTINCT event, ' ') FROM tasker_read_events('ten 1', 10000) WHERE event <> 'load.many'")" 'load.restored load.third'
must_equal 'in order' "$(sql -c "SELECT string_agg(event, ' ') FROM (SELECT event FROM tasker_read_events('ten 1', 10000) OFFSET 3999) AS last")" 'load.many load.restored load.third'
must_equal 'what is left' "$(sql -c "SELECT lag FROM tasker_subscriptions() WHERE consumer = 'ten 1'")" 4002
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('ten 1', position) FROM tasker_read_events('ten 1', 10000) OFFSET 4000 LIMIT 1")" t
must_equal 'the rest' "$(read_ten)" '1|load.third'
must_equal 'what is left' "$(sql -c "SELECT lag FROM tasker_subscriptions() WHERE consumer = 'ten 1'")" 1

# A crash takes back neither an event that a consumer has read, nor the numbers of the transactions that its position names: they would
# be given again, and the events of those transactions would count as read. Nothing here waits until its own commit is safe.
sql -c "SELECT tasker_subscribe('outside', '{load.*}')" >/dev/null
{
    echo 'SET synchronous_commit = off;'
    for _ in {1..50}; do echo 'BEGIN; SELECT pg_current_xact_id() \g /dev/null
ROLLBACK;'; done
    echo "SELECT FROM tasker_publish_event(6, NULL, 'load.read') \\g /dev/null"
    echo "SELECT position FROM tasker_read_events('outside');"
} >"$CLUSTER_DIR/unsafe.sql"
position=$(sql -f "$CLUSTER_DIR/unsafe.sql")
as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --mode immediate --silent --wait stop
as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --silent --wait --log "$CLUSTER_DIR/log" start
for _ in {1..60}; do echo "SELECT FROM tasker_publish_event(6, NULL, 'load.after') \\g /dev/null"; done >"$CLUSTER_DIR/after.sql"
sql -f "$CLUSTER_DIR/after.sql"
equal 'an event that was read survives a crash' "$(sql -c "SELECT count(*), count(*) FILTER (WHERE event = 'load.read') FROM tasker_read_events('outside', 100)")" '61|1'
must_equal 'acknowledged' "$(sql -c "SELECT tasker_ack_events('outside', '$position')")" t
equal 'and so does its position' "$(sql -c "SELECT count(*) FROM tasker_read_events('outside', 100)")" 60
# The log may end exactly where a page does; what is to be written then is not behind its end.
equal 'a read where a page of the log ends' "$(sql 2>&1 <<'SQL'
DO $$
DECLARE
    hits integer := 0;
BEGIN
    FOR round IN 1..1000000 LOOP
        PERFORM pg_logical_emit_message(false, 'fill', repeat('x', 8 * (round % 7)));
        IF (pg_current_wal_insert_lsn() - '0/0') % 8192 = 24 THEN
            hits := hits + 1;
            PERFORM FROM tasker_read_events('outside', 1);
            EXIT WHEN hits = 5;
        END IF;
    END LOOP;
    RAISE NOTICE '%', hits;
END
$$;
SQL
)" 'NOTICE:  5'
equal 'and where a segment does' "$(sql -c "SELECT count(*) FROM pg_switch_wal() HAVING count(*) = 0" -c "SELECT count(*) FROM tasker_read_events('outside', 1)")" 1
