#!/usr/bin/env bash
# tasker_maintain() without claims: the optional background worker and pg_cron run it.
# One line "ok NAME" for each that holds; the first that does not ends the run. "skipped" lines do not count.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

restart() {
    as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --log "$CLUSTER_DIR/log" \
        --wait --silent --mode fast restart >/dev/null
}
log_of_workers() {
    grep -a '^tasker_core maintenance ' "$CLUSTER_DIR/log" || true
}

workers="SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_stat_activity WHERE backend_type = 'tasker_core maintenance'"
pid_in_shop="SELECT pid FROM pg_stat_activity WHERE backend_type = 'tasker_core maintenance' AND datname = 'shop'"
state_of() { echo "SELECT to_state FROM $2.tasker_workflow_step_transitions WHERE workflow_step_id = $1 AND most_recent"; }
# A step whose first attempt failed long ago: its backoff is over, and no session looks.
failed() { echo "SELECT make_task($1, $1, 1); UPDATE tasker_workflow_steps SET attempts = 1 WHERE task_id = $1; SELECT move_step($1, 'error')"; }

preload=tasker_core
[ "$PG_CONFIG" != /usr/lib/postgresql/15/bin/pg_config ] || ../.ci/setup cron
[ ! -e "$("$PG_CONFIG" --pkglibdir)/pg_cron.so" ] || preload="tasker_core,pg_cron"

# Without preloading there is no worker, and nothing else is missing.
cluster_start "log_line_prefix = '%b '"
sql -c 'CREATE DATABASE shop' -c 'CREATE DATABASE empty'
sql -d shop -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql \
    -c "$(failed 1)" >/dev/null
restart
must_equal nothing_without_preloading \
    "$(sql -d shop -c "LOAD 'tasker_core'" -c 'SHOW tasker_core.maintenance_interval' -c "$workers" -c "$(state_of 1 public)")" \
    "10s

error"
ok nothing_without_preloading

# Preloaded, one worker connects to each database of the list; one that does not exist does not affect the others. The first
# round begins at once: a due retry goes back to pending without a claim.
cat <<CONF | as_server_user tee -a "$CLUSTER_DIR/data/postgresql.conf" >/dev/null
shared_preload_libraries = '$preload'
tasker_core.maintenance_databases = 'shop, empty,no_such_database,shop'
tasker_core.maintenance_interval = 1h
cron.use_background_workers = on
CONF
restart
becomes worker_of_each_database "empty shop" shop -c "$workers"
ok worker_of_each_database
becomes retry_without_a_claim pending shop -c "$(state_of 1 public)"
ok retry_without_a_claim

# pg_cron runs it as well. Its rounds begin with the minute: one is asked for here, and looked at in the end.
if [ "$preload" = tasker_core ]; then
    echo "skipped pg_cron: postgresql-15-cron is not installed"
else
    sql -c 'CREATE EXTENSION pg_cron' -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' \
        -f pg_regress/helpers.sql -c "$(failed 1)" \
        -c "SELECT cron.schedule('tasker_maintain', '* * * * *', 'SELECT * FROM tasker_maintain()')" >/dev/null
fi

# SIGHUP tells a new interval.
must_equal reload "$(sql -d shop -c "$(failed 2)" -c "$(state_of 2 public)" | tail -1)" error
sql -c 'ALTER SYSTEM SET tasker_core.maintenance_interval = 1' -c 'SELECT pg_reload_conf()' >/dev/null
becomes reload pending shop -c "$(state_of 2 public)"
sql -d shop -c "$(failed 3)" >/dev/null
becomes reload pending shop -c "$(state_of 3 public)"
ok reload

# Code that an owner has attached to the tables runs as the owner, even at the commit. What its triggers set
# for the session does not outlive their transaction.
sql -d shop <<'SQL' >/dev/null
CREATE ROLE owner;
GRANT CREATE ON DATABASE shop TO owner;
SET ROLE owner;
CREATE SCHEMA "Our shop";
SET search_path = "Our shop";
SELECT count(*) FROM public.tasker_install();
\i pg_regress/helpers.sql
CREATE TABLE acted_as (role name, became text);
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    became text;
BEGIN
    BEGIN
        SET ROLE postgres;
        became := current_user;
    EXCEPTION WHEN OTHERS THEN
        became := SQLERRM;
    END;
    INSERT INTO "Our shop".acted_as VALUES (current_user, became);
    PERFORM set_config('search_path', 'nowhere', false), set_config('default_transaction_read_only', 'on', false);
    PERFORM pg_advisory_lock(42);
    CREATE TEMPORARY TABLE IF NOT EXISTS left_behind (id integer);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER act AFTER INSERT ON tasker_workflow_step_transitions DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.to_state = 'pending') EXECUTE FUNCTION act();
SELECT make_task(1, 1, 1);
UPDATE tasker_workflow_steps SET attempts = 1;
SELECT move_step(1, 'error');
SQL
becomes owners_rights pending shop -c "$(state_of 1 '"Our shop"')"
must_equal owners_rights "$(sql -d shop -c 'SELECT * FROM "Our shop".acted_as')" \
    'owner|cannot set parameter "role" within security-definer function'
sql -d shop -c "$(failed 4)" >/dev/null
becomes owners_rights pending shop -c "$(state_of 4 public)"
becomes owners_rights '0|0' shop -c "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42),
    (SELECT count(*) FROM pg_class WHERE relname = 'left_behind')"
ok owners_rights

# An installation that is broken is reported, and the worker goes on with the others, which come after it. Nothing was
# reported before, of the database without the extension either.
must_equal nothing_reported "$(log_of_workers | grep -cE 'ERROR|WARNING')" 0
ok nothing_reported
pid=$(sql -c "$pid_in_shop")
sql -d shop -c 'CREATE SCHEMA broken CREATE TABLE tasker_core_steps ()'
for _ in $(seq 1200); do
    log_of_workers | grep -q 'WARNING: .* schema broken of database "shop"' && break
    sleep 0.1
done
log_of_workers | grep -q 'WARNING: .* schema broken of database "shop"' || fail broken_installation "it is not reported"
log_of_workers | grep -q 'ERROR: .*tasker_workflow_steps' || fail broken_installation "its error is not reported"
sql -d shop -c "$(failed 5)" >/dev/null
becomes broken_installation pending shop -c "$(state_of 5 public)"
must_equal broken_installation "$(sql -c "$pid_in_shop")" "$pid"
sql -d shop -c 'DROP SCHEMA broken CASCADE' 2>/dev/null
ok broken_installation

# An installation without a trigger is reported once, not in every round, and again when it has been mended and broken once more.
reported() { log_of_workers | grep -c 'WARNING: .* schema "\?Lost"\? of database "shop"' || true; }
is_reported() { # is_reported TIMES
    for _ in $(seq 600); do
        [ "$(reported)" -lt "$1" ] || return 0
        sleep 0.1
    done
    fail lost_trigger "it is not reported"
}
rounds() { # rounds STEP: the worker has gone through all installations of the database at least once more
    sql -d shop -c "$(failed "$1")" >/dev/null
    becomes lost_trigger pending shop -c "$(state_of "$1" public)"
}
lost='SET search_path = "Lost"'
sql -d shop -c 'CREATE SCHEMA "Lost"' -c "$lost" -c 'SELECT count(*) FROM public.tasker_install()' -f pg_regress/helpers.sql \
    -c "$(failed 1)" >/dev/null
becomes lost_trigger pending shop -c "$(state_of 1 '"Lost"')"
must_equal lost_trigger "$(reported)" 0
sql -d shop -c 'ALTER TABLE "Lost".tasker_workflow_steps DISABLE TRIGGER tasker_core_sync_update'
is_reported 1
rounds 31
rounds 32
rounds 33
must_equal lost_trigger "$(reported)" 1
sql -d shop -c "$lost" -c 'SELECT count(*) FROM public.tasker_install()' -c "$(failed 2)" >/dev/null
becomes lost_trigger pending shop -c "$(state_of 2 '"Lost"')"
sql -d shop -c 'ALTER TABLE "Lost".tasker_workflow_steps DISABLE TRIGGER tasker_core_sync_update'
is_reported 2
rounds 34
must_equal lost_trigger "$(reported)" 2
sql -d shop -c 'DROP SCHEMA "Lost" CASCADE' 2>/dev/null
ok lost_trigger

# Each installation has its time: neither a trigger that sleeps nor a lock that is held keeps those that come after it from their turn.
sql -d shop -c 'CREATE SCHEMA "A sleeper"' -c 'SET search_path = "A sleeper"' -c 'SELECT count(*) FROM public.tasker_install()' \
    -f pg_regress/helpers.sql -c 'CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$' \
    -c "CREATE TRIGGER sleep BEFORE INSERT ON tasker_workflow_step_transitions FOR EACH ROW WHEN (NEW.to_state = 'pending') EXECUTE FUNCTION sleep()" \
    -c "$(failed 1)" >/dev/null
becomes timeout_of_a_trigger "tasker_maintain() in schema \"A sleeper\"" shop -c "SELECT query FROM pg_stat_activity WHERE pid = ($pid_in_shop)"
sql -c "ALTER SYSTEM SET tasker_core.maintenance_timeout = '1s'" -c 'SELECT pg_reload_conf()' >/dev/null
# The round that began with the default of a minute ends with the worker.
sql -c "SELECT pg_terminate_backend(($pid_in_shop))" >/dev/null
sql -d shop -c "$(failed 41)" >/dev/null
becomes timeout_of_a_trigger pending shop -c "$(state_of 41 public)"
sql -d shop -c "$(failed 42)" >/dev/null
becomes timeout_of_a_trigger pending shop -c "$(state_of 42 public)"
must_equal timeout_of_a_trigger "$(sql -d shop -c "$(state_of 1 '"A sleeper"')")" error
log_of_workers | grep -q 'WARNING: .* schema "A sleeper" of database "shop"' || fail timeout_of_a_trigger "it is not reported"
ok timeout_of_a_trigger
sql -d shop -c 'DROP TRIGGER sleep ON "A sleeper".tasker_workflow_step_transitions'
becomes timeout_of_a_lock pending shop -c "$(state_of 1 '"A sleeper"')"
(echo 'BEGIN; LOCK TABLE "A sleeper".tasker_core_timers; SELECT pg_sleep(600);' | PGAPPNAME=locker sql -d shop >/dev/null 2>&1) &
becomes timeout_of_a_lock 1 shop -c "SELECT count(*) FROM pg_locks WHERE relation = '\"A sleeper\".tasker_core_timers'::regclass AND mode = 'AccessExclusiveLock' AND granted"
sql -d shop -c "$(failed 43)" >/dev/null
becomes timeout_of_a_lock pending shop -c "$(state_of 43 public)"
sql -d shop -c "$(failed 44)" >/dev/null
becomes timeout_of_a_lock pending shop -c "$(state_of 44 public)"
must_equal timeout_of_a_lock "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'locker'")" 1
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'" >/dev/null
wait
sql -d shop -c 'DROP SCHEMA "A sleeper" CASCADE' 2>/dev/null
sql -c 'ALTER SYSTEM RESET tasker_core.maintenance_timeout' -c 'SELECT pg_reload_conf()' >/dev/null
ok timeout_of_a_lock

# The extension comes and goes while the worker runs.
pid=$(sql -c "SELECT pid FROM pg_stat_activity WHERE backend_type = 'tasker_core maintenance' AND datname = 'empty'")
for round in 1 2 3 4 5; do
    sql -d empty -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' >/dev/null
    if [ "$round" = 1 ]; then
        sql -d empty -f pg_regress/helpers.sql -c "$(failed 1)" >/dev/null
        becomes create_and_drop pending empty -c "$(state_of 1 public)"
    fi
    sql -d empty -c 'DROP EXTENSION tasker_core CASCADE' 2>/dev/null
done
becomes create_and_drop "idle" shop \
    -c "SELECT state FROM pg_stat_activity WHERE backend_type = 'tasker_core maintenance' AND pid = $pid"
ok create_and_drop

# SIGTERM ends a worker, even one that waits for a lock; another one follows. The failure is committed when the locker
# already waits for the table: a session that sees the failure comes after it.
pid=$(sql -c "$pid_in_shop")
on_steps="SELECT count(*) FROM pg_locks WHERE relation = 'tasker_workflow_steps'::regclass AND mode ="
sql -d shop -c BEGIN -c "$(failed 6)" -c "DO \$\$
    BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted) LOOP
            PERFORM pg_sleep(0.01);
        END LOOP;
    END
    \$\$" -c COMMIT >/dev/null &
becomes terminated 1 shop -c "$on_steps 'RowExclusiveLock'"
(echo 'BEGIN; LOCK TABLE tasker_workflow_steps; SELECT pg_sleep(600);' | PGAPPNAME=locker sql -d shop >/dev/null 2>&1) &
becomes terminated "$pid" shop -c "SELECT pid FROM pg_locks WHERE NOT granted AND pid = $pid"
sql -c "SELECT pg_terminate_backend($pid)" >/dev/null
becomes terminated "" shop -c "SELECT pid FROM pg_stat_activity WHERE pid = $pid"
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'" >/dev/null
wait
sql -d shop -c "$(failed 7)" >/dev/null
becomes terminated pending shop -c "$(state_of 7 public)"
must_equal terminated "$(sql -c "$workers")" "empty shop"
ok terminated

# The server stops and starts with workers as without.
restart
sql -d shop -c "$(failed 8)" >/dev/null
becomes restarted pending shop -c "$(state_of 8 public)"
must_equal restarted "$(grep -acE 'PANIC|terminated by signal|TRAP' "$CLUSTER_DIR/log")" 0
ok restarted

if [ "$preload" != tasker_core ]; then
    becomes pg_cron pending postgres -c "$(state_of 1 public)"
    becomes pg_cron succeeded postgres \
        -c "SELECT DISTINCT status FROM cron.job_run_details WHERE command = 'SELECT * FROM tasker_maintain()' AND end_time IS NOT NULL"
    ok pg_cron
fi
