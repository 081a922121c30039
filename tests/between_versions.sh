#!/usr/bin/env bash
# Live work goes from one major version of PostgreSQL to another and back: by dump and restore, by logical replication, by
# pg_upgrade. There it gives the same answers, and claims of before are completed with their tokens.
# Arguments: two pg_configs; the extension is installed in both. Prints "ok NAME" for each check.
set -euo pipefail
cd "$(dirname "$0")"
first=${1:?the pg_config of one version} second=${2:?the pg_config of another}
PG_CONFIG=$first
source lib/cluster.sh
source lib/checks.sh
source lib/live_work.sh

major() { "$1" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'; }
[ "$(major "$first")" -lt "$(major "$second")" ] || { set -- "$second" "$first"; }
older=$(major "$1") newer=$(major "$2")
[ "$older" -lt "$newer" ] || { echo "both are of version $older" >&2; exit 2; }
declare -A bin=([$older]=$("$1" --bindir) [$newer]=$("$2" --bindir)) port=([$older]=5432 [$newer]=5433)
# The clients of the newer version talk to both servers.
PATH=${bin[$newer]}:$PATH

CLUSTER_DIR=$(as_server_user mktemp -d "${TMPDIR:-/tmp}/tasker.XXXXXX")
export PGHOST=$CLUSTER_DIR PGUSER=postgres PGDATABASE=postgres
work=$CLUSTER_DIR/work
as_server_user mkdir -m 777 "$work"
stop_all() {
    local pid
    for pid in "$CLUSTER_DIR"/*/postmaster.pid; do
        [ ! -e "$pid" ] || kill -QUIT "$(head -n 1 "$pid")" 2>/dev/null || true
    done
    rm -rf "$CLUSTER_DIR"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# A folder of data of a version; its server listens on the version's port.
make_data() { # make_data VERSION FOLDER
    local checksums=()
    # On by default from 18 on, and pg_upgrade wants both to be alike.
    [ "$1" -lt 18 ] || checksums=(--no-data-checksums)
    as_server_user "${bin[$1]}/initdb" --pgdata "$CLUSTER_DIR/$2" --username postgres --auth trust --encoding UTF8 --locale C \
        --no-sync "${checksums[@]}" >/dev/null
    as_server_user tee -a "$CLUSTER_DIR/$2/postgresql.conf" >/dev/null <<CONF
port = ${port[$1]}
listen_addresses = ''
unix_socket_directories = '$CLUSTER_DIR'
fsync = off
timezone = 'UTC'
wal_level = logical
log_min_messages = error
CONF
}
control() { # control VERSION FOLDER ACTION
    as_server_user env -u RUST_BACKTRACE "${bin[$1]}/pg_ctl" --pgdata "$CLUSTER_DIR/$2" --log "$CLUSTER_DIR/log" --wait --silent \
        --mode fast "$3" >/dev/null
}
at() { echo "port=${port[$1]} dbname=$2"; } # at VERSION DATABASE
create() { psql -Xq -d "$(at "$1" postgres)" -c "CREATE DATABASE $2"; }
installed() { # installed VERSION DATABASE
    create "$1" "$2"
    on "$(at "$1" "$2")" 'CREATE EXTENSION tasker_core' 'CREATE EXTENSION amcheck' 'CREATE SCHEMA app' "SELECT count(*) FROM tasker_install('app')" \
        "SELECT count(*) FROM tasker_replace_rails_functions('app')" >/dev/null
}
# same NAME DATABASE: the answers of before, sound indexes, a quiet doctor; then claims of before are completed, and work goes on.
same() {
    answers "$2" >"$work/after"
    # 14 cannot have these two views; in a later version, the doctor misses them.
    [ "$older" -ge 15 ] || sed -i '/^doctor|view_missing|view app.tasker_core_current_/d' "$work/before" "$work/after"
    diff "$work/before" "$work/after" >"$work/diff" || fail "$1: the same answers" "$(head "$work/diff")"
    ok "$1: the same answers"
    on "$2" "SELECT count(bt_index_check(x.indexrelid, true)) FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid
        JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_am AS a ON a.oid = i.relam
        WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r' AND a.amname = 'btree'" >/dev/null
    # Hints and decisions come with the calls that need them, here with this one. Before 15, two views are skipped; they come with a
    # later version.
    local views=
    [ "$older" -ge 15 ] || views="AND (object, action) <> ('2 views', 'created')"
    must_equal "$1: installing again" "$(on "$2" "SELECT object, action FROM tasker_install('app')
        WHERE action NOT IN ('unchanged', 'backfilled', 'skipped') $views")" ''
    held "$1" "$2"
    ok "$1: claims of before are completed"
    [ "$(on "$2" "SELECT count(*) FROM (SELECT tasker_complete_step(c.workflow_step_id, '{}', c.claim_token)
        FROM tasker_claim_steps('again', 3) AS c) AS ended")" -eq 3 ] || fail "$1: work goes on" 'three steps cannot be claimed'
    must_equal "$1: the doctor after that" "$(on "$2" "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")" ''
    ok "$1: work goes on"
}

make_data "$older" older
make_data "$newer" newer
control "$older" older start
control "$newer" newer start
for version in "$older" "$newer"; do
    installed "$version" live
    work_on "$(at "$version" live)"
done

# Without the extension: what cannot be moved then is not the extension's fault. (pg_dump 18.6 writes an option of columns that a
# server of 15.20 keeps for itself, and no server accepts.)
for version in "$older" "$newer"; do create "$version" plain; done
on "$(at "$older" plain)" 'CREATE TABLE public.plain (id bigint PRIMARY KEY, name text)'
plain=$("${bin[$newer]}/pg_dump" --dbname "$(at "$older" plain)" | psql -Xq -v ON_ERROR_STOP=1 -d "$(at "$newer" plain)" 2>&1 >/dev/null) || true
for version in "$older" "$newer"; do psql -Xq -d "$(at "$version" postgres)" -c 'DROP DATABASE plain'; done
# What a server refuses: that option, and a setting that came with 17.
acceptable() { grep -v -e '^SET transaction_timeout' -e ' SET (pg_attver='; }

for way in "$older $newer" "$newer $older"; do
    read -r from to <<<"$way"
    answers "$(at "$from" live)" >"$work/before"
    grep -q waiting_for_signal "$work/before" || fail "$from to $to: answers" 'nothing waits for a signal'

    "${bin[$newer]}/pg_dump" --dbname "$(at "$from" live)" | acceptable >"$work/dump"
    create "$to" restored
    # 14 refuses the two views that it cannot have, and nothing else.
    psql -Xq -v VERBOSITY=terse -d "$(at "$to" restored)" -f "$work/dump" 2>&1 >/dev/null | sed 's/^.*ERROR: *//' |
        sort -u >"$work/refused"
    [ "$to" -ge 15 ] ||
        sed -i '/^unrecognized parameter "security_invoker"/d; /^relation "app.tasker_core_current_\(steps\|tasks\)" does not exist/d' "$work/refused"
    must_equal "a dump of $from in $to: what the server refuses" "$(cat "$work/refused")" ''
    same "a dump of $from in $to" "$(at "$to" restored)"

    installed "$to" subscriber
    on "$(at "$from" live)" 'CREATE PUBLICATION everything FOR ALL TABLES'
    on "$(at "$to" subscriber)" "CREATE SUBSCRIPTION moving CONNECTION 'host=$CLUSTER_DIR port=${port[$from]} dbname=live user=postgres'
        PUBLICATION everything"
    becomes "$from to $to: the tables are copied" 0 "$(at "$to" subscriber)" -c "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'"
    # What is written now is streamed.
    on "$(at "$from" live)" "SELECT tasker_create_task('wait', jsonb_build_object('i', i)) FROM generate_series(21, 25) AS i" \
        "SELECT count(*) FROM tasker_claim_steps('holder', 2, '1 day')" >/dev/null
    written=$(on "$(at "$from" live)" 'SELECT pg_current_wal_lsn()')
    becomes "$from to $to: the subscriber is in step" t "$(at "$from" live)" -c "SELECT replay_lsn >= '$written' FROM pg_stat_replication
        WHERE application_name = 'moving'"
    answers "$(at "$from" live)" >"$work/before"
    on "$(at "$to" subscriber)" "SELECT fix FROM tasker_doctor() WHERE check_name = 'sequence_behind'" >"$work/fixes"
    psql -XqtA -v ON_ERROR_STOP=1 -d "$(at "$to" subscriber)" -f "$work/fixes" >/dev/null
    on "$(at "$to" subscriber)" 'DROP SUBSCRIPTION moving' 2>/dev/null
    on "$(at "$from" live)" 'DROP PUBLICATION everything'
    same "a subscriber of $from in $to" "$(at "$to" subscriber)"
done

if [ -n "$plain" ]; then
    echo "skipped pg_upgrade from $older to $newer: it fails for a plain table, too: $(head -n 1 <<<"$plain")"
    exit
fi
answers "$(at "$older" live)" >"$work/before"
control "$older" older stop
control "$newer" newer stop
make_data "$newer" upgraded
as_server_user bash -c "cd '$work' && exec '${bin[$newer]}/pg_upgrade' --old-bindir='${bin[$older]}' --new-bindir='${bin[$newer]}' \
    --old-datadir='$CLUSTER_DIR/older' --new-datadir='$CLUSTER_DIR/upgraded' --username=postgres --socketdir='$CLUSTER_DIR'" >"$work/upgrade.log" 2>&1 || {
    cat "$work/upgrade.log" >&2
    fail "pg_upgrade from $older to $newer" 'it failed'
}
control "$newer" upgraded start
same "pg_upgrade from $older to $newer" "$(at "$newer" live)"
