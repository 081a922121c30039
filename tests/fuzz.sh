#!/usr/bin/env bash
# Calls every SQL function of the extension with odd values: NULLs, infinities, extreme dates and ids, huge and
# multidimensional arrays, texts of 10 MB, deep json. Each answers, or raises an SQLSTATE that is documented; the server goes on.
# FUZZ_ROUNDS calls of each function (6), chosen by FUZZ_SEED. Output: "ok …" for each thing that is true.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

rounds=${FUZZ_ROUNDS:-6} seed=${FUZZ_SEED:-1}
mkdir -p results
cluster_start "log_min_messages = panic" "tasker_core.testkit = on" "restart_after_crash = off" "max_wal_size = 4GB"

psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -f fuzz.sql
planned=$(psql -XAtq -c "SET search_path = public" -c "SELECT plan_fuzz($rounds, '$seed')")
# The search path is that of a caller; a call that takes longer is stopped, which it must let be done.
{
    echo "SET search_path = app, public;"
    echo "SET statement_timeout = '${FUZZ_TIMEOUT:-5s}';"
    seq -f "SELECT run_fuzz(%.0f);" 1 "$planned"
} >results/fuzz_calls.sql
run() { timeout "${FUZZ_LIMIT:-600}" psql -X -q -o /dev/null -f results/fuzz_calls.sql 2>results/fuzz_errors.log; }
# A time-out may also come between two calls: an error of the script, after which psql goes on. Without a server it ends.
run || {
    echo "not ok the server or the session has ended, or took more than ${FUZZ_LIMIT:-600} s:"
    cat results/fuzz_errors.log
    tail -5 "$CLUSTER_DIR/log"
    # A server that has crashed does not start again by itself.
    as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --log "$CLUSTER_DIR/log" --wait --silent restart >/dev/null 2>&1 || true
    psql -XAt -F ' | ' -c "SELECT id, left(call, 2000) FROM public.fuzz_call WHERE sqlstate IS NULL ORDER BY id LIMIT 1"
    exit 1
}
psql -X -q -c "UPDATE public.fuzz_call SET sqlstate = '57014' WHERE sqlstate IS NULL"
echo "ok $planned calls were answered"

# What any function may raise; others are named in the comment of the function. 57014 is the time-out.
documented="00000 P0002 22004 22023 55000 40001 XX001 42501 42P01 54000 57014"
# 14 refuses the longest intervals itself, before it makes the call.
[ "$(psql -XAtc "SELECT current_setting('server_version_num')::integer / 10000")" -gt 14 ] || documented+=' 22015'
psql -XAt -F ' | ' -c "SELECT sqlstate, count(*), min(took)::interval(2), max(took)::interval(2) FROM public.fuzz_call GROUP BY 1 ORDER BY 1"
wrong=$(psql -XAtq -F ' | ' -c "SET search_path = public" -c "SELECT DISTINCT ON (function, sqlstate) sqlstate, message, left(call, 400) FROM public.fuzz_call
    WHERE sqlstate IS NULL
       OR sqlstate <> ALL (string_to_array('$documented', ' '))
          AND COALESCE(obj_description(function::regprocedure, 'pg_proc') !~ ('\m' || sqlstate || '\M'), true)
    ORDER BY function, sqlstate, length(call)")
[ -z "$wrong" ] || { echo "not ok SQLSTATEs that are not documented:"; echo "$wrong"; exit 1; }
echo "ok every SQLSTATE is documented"
psql -XAt -F ' | ' -c "SELECT took::interval(1), sqlstate, left(call, 300) FROM public.fuzz_call WHERE took > '2 s' ORDER BY took DESC LIMIT 5"
untried=$(psql -XAt -c "SELECT p.oid::regprocedure FROM pg_proc AS p WHERE proname ~ '^tasker_' AND pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM public.fuzz_call WHERE function = p.oid::regprocedure::text AND sqlstate = '00000')")
[ -z "$untried" ] || { echo "never answered: " $untried; }
if grep -E 'PANIC|TRAP|terminated by signal' "$CLUSTER_DIR/log"; then
    echo "not ok the server's log"
    exit 1
fi
echo "ok the server's log has neither PANIC nor TRAP"
defects=$(psql -XAtq -c "SET search_path = app, public" -c "SELECT * FROM tasker_doctor() WHERE severity = 'error'")
[ -z "$defects" ] || { echo "not ok what is left is not sound:"; echo "$defects"; exit 1; }
echo "ok the installation is sound"
