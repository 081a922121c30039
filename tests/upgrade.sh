#!/usr/bin/env bash
# From each release in tests/fixtures/releases to this version: the library works with the SQL of before; an installation that
# is updated and upgraded is as a new one; live work survives; there is a way back. Prints "ok NAME" for each check.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh
source tests/lib/checks.sh
source tests/lib/live_work.sh

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
releases=()
for fixture in tests/fixtures/releases/tasker_core--*.sql; do
    release=${fixture##*--}
    release=${release%.sql}
    [ ! -e "$fixture" ] || [ "$release" = "$version" ] || releases+=("$release")
done
if [ ${#releases[@]} -eq 0 ]; then
    echo "skipped no release yet: tests/fixtures/releases has none before $version"
    exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/tasker_upgrade.XXXXXX")
extensions=$("$PG_CONFIG" --sharedir)/extension
as_installer=()
[ -w "$extensions" ] || [ "$(id -u)" -eq 0 ] || as_installer=(sudo)
added=()
cleanup() {
    cluster_stop
    [ ${#added[@]} -eq 0 ] || "${as_installer[@]}" rm -f "${added[@]}"
    rm -rf "$work"
}
# The scripts of releases are installed for this test alone.
for release in "${releases[@]}"; do
    script=$extensions/tasker_core--$release.sql
    [ -e "$script" ] || added+=("$script")
    "${as_installer[@]}" install -m 644 "tests/fixtures/releases/tasker_core--$release.sql" "$script"
done
cluster_start "log_min_messages = fatal" "max_prepared_transactions = 4"
trap cleanup EXIT

installed() { # installed DATABASE VERSION: with an installation of that version in the schema app
    psql -Xqc "CREATE DATABASE $1" postgres
    on "$1" "CREATE EXTENSION tasker_core VERSION '$2'" 'CREATE EXTENSION IF NOT EXISTS amcheck' 'CREATE SCHEMA app' \
        "SELECT count(*) FROM tasker_install('app')" >/dev/null
}
updated() { on "$1" "ALTER EXTENSION tasker_core UPDATE TO '$version'" "SELECT * FROM tasker_upgrade('app')" >>"$work/upgraded"; }
# Everything that the catalog knows of the members and of an installation, without oids and times.
catalog() {
    psql -XqtA -v ON_ERROR_STOP=1 -d "$1" <<'SQL'
SET search_path = pg_catalog;
SELECT 'member', pg_describe_object(classid, objid, objsubid) AS name, obj_description(objid, classid::regclass::name)
FROM pg_depend WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tasker_core') AND deptype = 'e' ORDER BY name;
SELECT 'function', pg_get_functiondef(p.oid), p.proacl, p.proowner::regrole
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tasker_core') AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
ORDER BY p.oid::regprocedure::text;
SELECT 'relation', c.relname, c.relkind, c.relpersistence, c.reloptions, c.relacl, c.relowner::regrole, obj_description(c.oid, 'pg_class')
FROM pg_class AS c WHERE c.relnamespace = 'app'::regnamespace ORDER BY c.relname;
SELECT 'column', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
    col_description(c.oid, a.attnum)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY c.relname, a.attnum;
SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'app' ORDER BY indexdef;
SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'app'::regnamespace ORDER BY conrelid::regclass::text, conname;
SELECT 'trigger', pg_get_triggerdef(t.oid) AS definition, t.tgenabled, obj_description(t.oid, 'pg_trigger')
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'app'::regnamespace AND NOT t.tgisinternal ORDER BY definition;
SELECT 'view', viewname, regexp_replace(definition, '''[0-9: -]+''', '''…''') FROM pg_views WHERE schemaname = 'app' ORDER BY viewname;
SELECT 'routine', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'app'::regnamespace ORDER BY proname;
SQL
}
installed fresh "$version"
catalog fresh >"$work/fresh"
for old in "${releases[@]}"; do
    # The C functions of before are there, with the arguments that their symbols had.
    installed updated "$old"
    symbols="SELECT p.prosrc, p.pronargs, p.proargtypes::regtype[], coalesce(p.proallargtypes, '{}')::regtype[], p.prorettype::regtype
        FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE l.lanname = 'c' AND p.probin ~ 'tasker_core' ORDER BY 1, 3"
    on updated "$symbols" >"$work/symbols.old"
    on fresh "$symbols" >"$work/symbols.new"
    [ -s "$work/symbols.old" ] || fail "$old: symbols" 'there are none'
    changed=$(join -t '|' -j 1 <(sort -t '|' -k 1,1 "$work/symbols.old") <(sort -t '|' -k 1,1 "$work/symbols.new") | awk -F '|' '$2 "|" $3 "|" $4 "|" $5 != $6 "|" $7 "|" $8 "|" $9')
    [ -z "$changed" ] || fail "$old: symbols" "a symbol has other arguments; give the new function a new one: $changed"
    ok "$old: the library has the symbols of before"

    # Updated and upgraded is as fresh, and a second time changes nothing.
    updated updated
    catalog updated >"$work/updated"
    diff "$work/fresh" "$work/updated" >"$work/diff" || fail "$old: as fresh" "$(head -40 "$work/diff")"
    ok "$old: an updated installation is as a fresh one"
    must_equal "$old: a second time" "$(on updated "SELECT DISTINCT action FROM tasker_upgrade('app')")" unchanged
    # 14 has no views.
    must_equal "$old: installing" "$(on updated "SELECT DISTINCT action FROM tasker_install('app')
        WHERE action <> 'skipped' OR current_setting('server_version_num')::integer >= 150000")" unchanged
    must_equal "$old: the doctor" "$(on updated 'SELECT check_name, object, detail FROM tasker_doctor()')" ''
    ok "$old: the doctor finds nothing"
    psql -Xqc 'DROP DATABASE updated' postgres

    # Tasks, leases, timers and limits are the same with the functions of this version, before and after the upgrade.
    installed live "$old"
    work_on live
    answers live >"$work/before"
    grep -q waiting_for_signal "$work/before" || fail "$old: answers" 'nothing waits for a signal'
    pg_dump --format=custom --file="$work/dump" live
    on live "ALTER EXTENSION tasker_core UPDATE TO '$version'" >/dev/null
    answers live >"$work/between"
    diff "$work/before" "$work/between" >"$work/diff" || fail "$old: functions of $version" "$(head "$work/diff")"
    ok "$old: the functions of $version give the same answers before the upgrade"
    equal "$old: the stream has no tables before the upgrade" "$(on live "SELECT tasker_subscribe('early')" 2>&1 | grep -c 'schema "app" has no event stream')" 1
    equal "$old: schedules have no table before the upgrade" "$(on live 'SELECT tasker_schedules()' 2>&1 | grep -c 'has an earlier layout')" 1
    equal "$old: no forks before the upgrade" "$(on live "SELECT tasker_fork_task(1)" 2>&1 | grep -c 'schema "app" has an earlier layout')" 1
    updated live
    answers live >"$work/after"
    diff "$work/before" "$work/after" >"$work/diff" || fail "$old: upgraded" "$(head "$work/diff")"
    ok "$old: and after it"
    held "$old: upgraded" live
    ok "$old: claims of before are completed"
    psql -Xqc 'DROP DATABASE live' postgres

    # Functions that are replaced, because they have other arguments, keep the privileges that the DBA has given them.
    installed granted "$old"
    on granted 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC' \
        'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO pg_monitor WITH GRANT OPTION'
    privileges="SELECT p.proname, p.proacl FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.proacl IS NOT NULL ORDER BY p.proname, p.proacl::text"
    on granted "$privileges" >"$work/granted"
    on granted "ALTER EXTENSION tasker_core UPDATE TO '$version'" >/dev/null
    on granted "$privileges" >"$work/kept"
    diff "$work/granted" "$work/kept" >"$work/diff" || fail "$old: privileges" "$(head "$work/diff")"
    grep -q '^tasker_claim_steps|.*pg_monitor=X\*' "$work/kept" || fail "$old: privileges" "$(head "$work/kept")"
    ok "$old: functions keep their privileges"
    psql -Xqc 'DROP DATABASE granted' postgres

    # A dump names no version: its tables come under the functions of this one.
    psql -Xqc 'CREATE DATABASE restored' postgres
    pg_restore --exit-on-error --dbname=restored "$work/dump"
    must_equal "$old: restored" "$(on restored "SELECT extversion FROM pg_extension WHERE extname = 'tasker_core'")" "$version"
    answers restored >"$work/after"
    diff "$work/before" "$work/after" >"$work/diff" || fail "$old: restored" "$(head "$work/diff")"
    on restored "SELECT * FROM tasker_upgrade('app')" >/dev/null
    held "$old: restored" restored
    ok "$old: a restored dump works, and is upgraded"
    psql -Xqc 'DROP DATABASE restored' postgres

    # The way back: the tables stay, and the functions of before accept what is new in them.
    installed back "$version"
    work_on back
    answers back >"$work/before"
    on back 'DROP EXTENSION tasker_core CASCADE' "CREATE EXTENSION tasker_core VERSION '$old'" "SELECT * FROM tasker_install('app')" >/dev/null
    answers back >"$work/after"
    diff "$work/before" "$work/after" >"$work/diff" || fail "$old: back" "$(head "$work/diff")"
    count=$(on back "SELECT count(*) FROM tasker_claim_steps('again', 2)")
    must_equal "$old: back, claims" "$count" 2
    updated back
    held "$old: back and forth" back
    ok "$old: there is a way back, and forth again"
    psql -Xqc 'DROP DATABASE back' postgres

    # Updated and upgraded while workers work: no call fails, no step is executed twice, nothing is left.
    installed load "$old"
    on load 'SET tasker_core.testkit = on' "SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, ${TASKER_UPGRADE_TASKS:-400})" >/dev/null
    PGOPTIONS='-c search_path=app,public' pgbench --no-vacuum --protocol prepared --client 6 --jobs 2 \
        --transactions $((${TASKER_UPGRADE_TASKS:-400} * 10 / 3)) --define step=0 --define token=- --file tests/lib/worker.sql load >"$work/load.log" 2>&1 &
    worker=$!
    done_steps() { on load "SELECT count(*) FROM tasker_workflow_steps WHERE processed"; }
    until [ "$(done_steps)" -gt $((${TASKER_UPGRADE_TASKS:-400})) ]; do sleep 0.1; done
    on load "ALTER EXTENSION tasker_core UPDATE TO '$version'" >/dev/null
    between=$(done_steps)
    until [ "$(done_steps)" -gt $((between + ${TASKER_UPGRADE_TASKS:-400})) ]; do sleep 0.1; done
    updated load
    kill -0 $worker 2>/dev/null || fail "$old: under load" 'the workers had ended before'
    wait $worker || fail "$old: under load" "$(tail -5 "$work/load.log")"
    ! grep -q aborted "$work/load.log" || fail "$old: under load" "$(grep -m 3 ERROR "$work/load.log")"
    must_equal "$old: under load, open tasks" "$(on load 'SELECT count(*) FROM tasker_tasks WHERE NOT complete')" 0
    must_equal "$old: under load, executed twice" "$(on load "SELECT count(*) FROM (SELECT FROM tasker_workflow_step_transitions
        WHERE to_state = 'in_progress' GROUP BY workflow_step_id HAVING count(*) > 1) AS twice")" 0
    must_equal "$old: under load, doctor" "$(on load "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")" ''
    must_equal "$old: under load, counts" "$(on load "SELECT kind FROM _tasker_miscounts('app'::regnamespace)")" ''
    on load "SELECT count(bt_index_check(i.indexrelid, true)) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        JOIN pg_class AS x ON x.oid = i.indexrelid WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r'" >/dev/null
    ok "$old: updated and upgraded under load"
    psql -Xqc 'DROP DATABASE load' postgres
done

# The SQL of the newest release on this library, by the tests of that release. Not those that create the extension anew.
newest=$(printf '%s\n' "${releases[@]}" | sort -V | tail -n 1)
tests=$work/tests
mkdir -p "$tests" tests/results/upgrade
commit=$(git rev-parse --quiet --verify "refs/tags/v$newest^{commit}" || sed -n "s/^$newest //p" tests/fixtures/releases/COMMITS)
git archive "$commit" tests | tar --extract --directory "$work"
# Answers that list the sections of the configuration have two more since 0.1.0.
sed -i -e 's/engine, execution/engine, events, execution/' -e 's/readiness, telemetry/readiness, retention, telemetry/' -e '/^ *sections *$/{s/.*/         &          /;n;s/$/-------------------/}' \
    "$tests"/pg_regress/expected/config.out "$tests"/pg_regress/expected/config_versions.out
# Since then, steps that are deleted by hand leave no marks of their rules, which a rebuild would delete.
sed -i -e '/^ rows of join_rules\.tasker_core_decisions/d' -e 's/^ rows of join_rules\.tasker_core_\(rules\|steps\)  *|/ rows of join_rules.tasker_core_\1 |/' \
    -e 's/^  *object  *|   action   |/                object                |   action   |/' -e 's/^-----*+------------+------*$/--------------------------------------+------------+----------------------------------/' \
    -e '/^ rows of join_rules\.tasker_core_steps/{n;s/(3 rows)/(2 rows)/}' "$tests"/pg_regress/expected/join_rules.out
# 14 does not take that for immutable.
sed -i "s/(attempts || ' of ' || retry_limit)/(attempts::text || ' of ' || retry_limit::text)/" \
    "$tests"/pg_regress/sql/user_triggers.sql "$tests"/pg_regress/expected/user_triggers.out
chmod -R a+rX "$work"
psql -Xqc 'CREATE DATABASE tasker_regress' postgres
psql -Xq -d tasker_regress -c "CREATE EXTENSION tasker_core VERSION '$newest'" -c 'ALTER DATABASE tasker_regress SET lc_messages TO "C"' \
    -c "ALTER DATABASE tasker_regress SET timezone_abbreviations TO 'Default'"
contract=(claims claims_find complete_and_claim complete_many create_task add_steps config config_versions counts dag deferred
    delete_task dispatch due_tasks edge_guards engine_writes explain_task failures find_transitions join_rules limits operators
    prepared_claims read_arguments scenarios_corrected scenarios_v02 side_rows_writers side_writes signals snooze
    subtasks templates transitions user_triggers)
# pg_regress sets it from 15 on.
export PG_ABS_SRCDIR=$tests/pg_regress
"$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress" --use-existing --inputdir="$tests/pg_regress" \
    --outputdir=tests/results/upgrade --bindir="$PG_BIN" --dbname=tasker_regress --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" \
    "${contract[@]}" >"$work/regress.log" 2>&1 || {
    cat "$work/regress.log" tests/results/upgrade/regression.diffs >&2
    fail "$newest: its tests on this library" 'see the differences above'
}
must_equal "$newest: its SQL was tested" "$(psql -XqtA -d tasker_regress -c "SELECT extversion FROM pg_extension WHERE extname = 'tasker_core'")" "$newest"
ok "$newest: its tests pass with its SQL and this library"
