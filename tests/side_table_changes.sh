#!/usr/bin/env bash
# Eight workers complete and claim steps while another session adds and removes indexes, triggers and checks on the tables that
# they write below the executor: however the rows are written at the moment, no index misses one, and no step is executed twice. One
# line "ok NAME" for each.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

cluster_start "log_min_messages = fatal" "autovacuum_naptime = 1s"

sql -c 'CREATE EXTENSION tasker_core' -c 'CREATE EXTENSION amcheck' -c 'SELECT count(*) FROM tasker_install()' \
    -c 'SET tasker_core.testkit = on' -c "SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, 1200)" >/dev/null
sql >/dev/null <<'SQL'
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE VIEW damaged AS
SELECT indexrelid::regclass::text, bt_index_check(indexrelid, true)::text
FROM pg_index
WHERE indrelid IN ('tasker_core_steps'::regclass, 'tasker_core_hints'::regclass, 'tasker_core_leases'::regclass, 'tasker_core_counts'::regclass,
    'tasker_workflow_steps'::regclass, 'tasker_workflow_step_transitions'::regclass);
SQL

# A statement each, so that none waits for one table with a lock on another.
change() {
    sql -c 'CREATE INDEX CONCURRENTLY of_states ON tasker_core_steps (state, state_since)'
    sql -c "CREATE INDEX CONCURRENTLY of_some ON tasker_core_hints (named_step_id) WHERE rank > '2000-01-01'"
    sql -c 'CREATE TRIGGER watched AFTER UPDATE ON tasker_core_steps FOR EACH ROW EXECUTE FUNCTION watch()'
    sql -c 'ALTER TABLE tasker_core_leases ADD CONSTRAINT counted CHECK (attempt > 0)'
    sql -c 'REINDEX TABLE CONCURRENTLY tasker_core_hints'
    sql -c "CREATE INDEX CONCURRENTLY of_completed ON tasker_workflow_step_transitions (workflow_step_id) WHERE to_state = 'complete'"
    sql -c 'CREATE INDEX CONCURRENTLY of_running ON tasker_workflow_steps (task_id) WHERE in_process'
    sql -c 'REINDEX TABLE CONCURRENTLY tasker_workflow_step_transitions'
    sql -c 'SELECT count(*) FROM damaged' >/dev/null
    sql -c 'DROP INDEX of_some'
    sql -c 'DROP INDEX CONCURRENTLY of_completed'
    sql -c 'CREATE INDEX CONCURRENTLY of_workers ON tasker_workflow_step_transitions ((metadata ->> $$worker$$))'
    sql -c 'CREATE TRIGGER watched AFTER INSERT ON tasker_workflow_step_transitions FOR EACH ROW EXECUTE FUNCTION watch()'
    sql -c 'DROP INDEX CONCURRENTLY of_running'
    sql -c 'SELECT count(*) FROM damaged' >/dev/null
    sql -c 'DROP TRIGGER watched ON tasker_workflow_step_transitions'
    sql -c 'DROP INDEX of_workers'
    sql -c 'DROP TRIGGER watched ON tasker_core_steps'
    sql -c 'ALTER TABLE tasker_core_leases DROP CONSTRAINT counted'
    sql -c 'REINDEX TABLE CONCURRENTLY tasker_core_leases'
    sql -c 'DROP INDEX of_states'
    # An installation of an earlier layout is upgraded: for a column, all tables are locked against readers as well.
    sql -c 'ALTER TABLE tasker_core_tasks DROP COLUMN pause_reason' -c 'DROP VIEW tasker_core_layout'
    [ "$(sql -c 'SELECT count(*) FROM tasker_upgrade()')" -gt 1 ] || fail upgrade "it has done nothing"
}

mkdir -p results
workers() {
    pgbench --no-vacuum --protocol prepared --client 8 --jobs 2 --transactions 1700 --define step=0 --define token=- \
        --file lib/worker.sql >results/side_table_changes.log 2>&1
}

workers &
rounds=0
while kill -0 $! 2>/dev/null; do
    change || fail changes "a change has failed"
    rounds=$((rounds + 1))
done
wait $! || fail workers "$(tail -5 results/side_table_changes.log)"
! grep -q aborted results/side_table_changes.log || fail workers "$(grep -m 3 ERROR results/side_table_changes.log)"
[ $rounds -gt 1 ] || fail changes "too few while the workers worked"
echo "ok workers"

[ "$(sql -c "SELECT count(*) FROM tasker_tasks WHERE NOT complete")" = 0 ] || fail tasks "some have not ended"
twice=$(sql -c "SELECT count(*) FROM (SELECT FROM tasker_workflow_step_transitions WHERE to_state = 'in_progress' GROUP BY workflow_step_id HAVING count(*) > 1) AS twice")
[ "$twice" = 0 ] || fail once "$twice steps have been executed twice"
echo "ok once"
sql -c 'SELECT count(*) FROM damaged' >/dev/null || fail indexes "an index misses a row"
echo "ok indexes"
found=$(sql -c "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'")
[ -z "$found" ] || fail doctor "$found"
[ -z "$(sql -c "SELECT kind FROM _tasker_miscounts('public'::regnamespace)")" ] || fail doctor "steps or tasks are miscounted"
echo "ok doctor"
