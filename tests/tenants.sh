#!/usr/bin/env bash
# A tenant under row-level security is told the same by every function whether others share the database or not.
# Prints "ok N answers".
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

work=results/tenants
mkdir -p "$work"
rm -f "$work/leaks"
cluster_start "log_min_messages = panic"
psql="$PG_BIN/psql"
"$psql" -Xq -c "CREATE ROLE tenants_owner" -c "CREATE ROLE tenants_blue" -c "CREATE ROLE tenants_red"

for database in alone shared; do
    "$psql" -Xq -c "CREATE DATABASE $database" \
        -c "ALTER DATABASE $database SET tasker_core.fake_now = '2026-01-01 12:00:00+00'"
    red=$([ "$database" = shared ] && echo true || echo false)
    "$psql" -Xq -d "$database" -v red="$red" -f tenants.sql >"$work/$database" 2>"$work/$database.log" || {
        cat "$work/$database.log" >&2
        exit 1
    }
done
[ -f "$work/leaks" ] || { echo "tenants: nothing was asked about hidden steps" >&2; exit 1; }
# The shared database has to have something to hide.
hidden=$("$psql" -XqAt -d shared -c "SELECT count(*) FROM app.tasker_tasks WHERE context ->> 'tenant' = 'red'")
[ "$hidden" -gt 10 ] || { echo "tenants: red has only $hidden tasks" >&2; exit 1; }
if ! diff "$work/alone" "$work/shared" >"$work/differences"; then
    cut -c 1-400 "$work/differences" | head -80 >&2
    exit 1
fi
if [ -s "$work/leaks" ]; then
    echo "tenants: answers that name what is hidden" >&2
    cut -c 1-400 "$work/leaks" >&2
    exit 1
fi
printf 'ok %s answers\n' "$(wc -l <"$work/alone")"
